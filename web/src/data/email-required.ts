import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { fieldOf } from './failure.js';

const KEY = ['email-required'];

/** Remembers that the server asked for an email address: the user's token has none, or one that Stripe refuses. */
export function noteEmailRequired(queries: QueryClient, error: unknown): void {
  if (fieldOf(error) === 'email') queries.setQueryData(KEY, true);
}

/** Whether the server has asked for an email address, and what to call once it has one. */
export function useEmailRequired(): { required: boolean; done: () => void } {
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: KEY, queryFn: () => false, enabled: false, initialData: false });
  return { required: data, done: () => queries.setQueryData(KEY, false) };
}

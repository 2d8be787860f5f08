import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { KEYS, useGroups } from './queries.js';

/** What Stripe tells by a webhook may come a moment after what we asked for. */
const LOOK_AGAIN_MS = 3_000;

/** Fetches everything anew that is shown, now and once more a moment later. Resolves after the first time. */
export async function refresh(queries: QueryClient): Promise<void> {
  const all = () => Promise.all(Object.values(KEYS).map((queryKey) => queries.invalidateQueries({ queryKey })));
  setTimeout(() => void all(), LOOK_AGAIN_MS);
  await all();
}

/** Fetches everything anew when one comes back: from another tab, another window, or by the browser's Back. */
export function useRefreshOnReturn(queries: QueryClient): void {
  useEffect(() => {
    const returned = () => {
      if (document.visibilityState === 'visible') void refresh(queries);
    };
    const restored = ({ persisted }: PageTransitionEvent) => {
      if (persisted) returned();
    };
    document.addEventListener('visibilitychange', returned);
    window.addEventListener('focus', returned);
    window.addEventListener('pageshow', restored);
    return () => {
      document.removeEventListener('visibilitychange', returned);
      window.removeEventListener('focus', returned);
      window.removeEventListener('pageshow', restored);
    };
  }, [queries]);
}

/** Fetches the rest anew when a subscription has changed, whoever changed it. */
export function useRefreshOnChange(): void {
  const queries = useQueryClient();
  const subscriptions = useGroups().map(({ fetched }) => fetched.data);
  const state = subscriptions.includes(undefined) ? undefined : JSON.stringify(subscriptions);
  const last = useRef(state);
  useEffect(() => {
    const changed = last.current !== undefined && last.current !== state;
    last.current = state;
    if (!changed) return;
    for (const queryKey of [KEYS.invoices, KEYS.customer, KEYS.paymentMethods])
      void queries.invalidateQueries({ queryKey });
  }, [queries, state]);
}

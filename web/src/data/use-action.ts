import { useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { BillingError, type RequestOptions } from 'stripe-billing-client';
import { useBilling } from '../shared/billing-context.js';
import { noteEmailRequired } from './email-required.js';
import { type Failure, fieldOf } from './failure.js';
import { refresh } from './refresh.js';

export interface ActionOptions<Input, Answer> {
  run: (input: Input, options: RequestOptions) => Promise<Answer>;
  /** What is told once the server said that it is done; nothing when undefined. */
  success?: (answer: Answer, input: Input) => string | undefined;
  /** Title of the message when it failed. */
  failure: string;
  /** Called after the page shows what the server has now. */
  onDone?: (answer: Answer, input: Input) => void;
}

/** Something that the user does: its progress, and that it cannot be done twice. */
export interface Action<Input> {
  isRunning: boolean;
  /** Why it could not be done; to be shown where it was tried. */
  failure: Failure | undefined;
  start: (input: Input) => Promise<void>;
}

/**
 * Runs one call at a time. Success is told, and only after what is shown was fetched anew; what failed is shown where it
 * was tried.
 */
export function useAction<Input, Answer>(options: ActionOptions<Input, Answer>): Action<Input> {
  const { notify, failure, setFailure } = useBilling();
  const queries = useQueryClient();
  const [owner] = useState(() => ({}));
  const [isRunning, setRunning] = useState(false);
  // State changes with the next rendering; two clicks can come before it.
  const busy = useRef(false);
  // The key of a try whose end is not known: the same try again is the same call.
  const unsettled = useRef<{ input: string; key: string }>(undefined);

  const start = async (input: Input): Promise<void> => {
    if (busy.current) return;
    busy.current = true;
    setRunning(true);
    setFailure(undefined);
    const text = JSON.stringify(input) ?? '';
    const key = unsettled.current?.input === text ? unsettled.current.key : crypto.randomUUID();
    unsettled.current = undefined;
    try {
      const answer = await options.run(input, { idempotencyKey: key });
      await refresh(queries);
      const title = options.success?.(answer, input);
      if (title !== undefined) notify({ title });
      options.onDone?.(answer, input);
    } catch (error) {
      if (error instanceof BillingError && (error.status === 0 || error.status >= 500)) {
        unsettled.current = { input: text, key };
      }
      noteEmailRequired(queries, error);
      setFailure({ owner, title: options.failure, error, field: fieldOf(error) });
      await refresh(queries);
    } finally {
      busy.current = false;
      setRunning(false);
    }
  };
  return { isRunning, failure: failure?.owner === owner ? failure : undefined, start };
}

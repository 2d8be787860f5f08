import { useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { BillingError, type RequestOptions } from 'stripe-billing-client';
import { useBilling } from '../shared/billing-context.js';
import { describeError } from '../shared/errors.js';
import { noteEmailRequired } from './email-required.js';
import { KEYS } from './queries.js';

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
  /** The input of the run in progress. */
  running: Input | undefined;
  start: (input: Input) => Promise<void>;
}

/**
 * Runs one call at a time. It ends in a message, and only after what is shown was fetched anew: success is shown when
 * the server said so.
 */
export function useAction<Input, Answer>(options: ActionOptions<Input, Answer>): Action<Input> {
  const { notify, texts } = useBilling();
  const queries = useQueryClient();
  const [running, setRunning] = useState<{ input: Input }>();
  // State changes with the next rendering; two clicks can come before it.
  const busy = useRef(false);
  // The key of a try whose end is not known: the same try again is the same call.
  const unsettled = useRef<{ input: string; key: string }>(undefined);

  const refresh = () =>
    Promise.all(
      [KEYS.subscription, KEYS.paymentMethods, KEYS.invoices, KEYS.customer].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );

  const start = async (input: Input): Promise<void> => {
    if (busy.current) return;
    busy.current = true;
    setRunning({ input });
    const text = JSON.stringify(input) ?? '';
    const key = unsettled.current?.input === text ? unsettled.current.key : crypto.randomUUID();
    unsettled.current = undefined;
    try {
      const answer = await options.run(input, { idempotencyKey: key });
      await refresh();
      const title = options.success?.(answer, input);
      if (title !== undefined) notify({ kind: 'success', title });
      options.onDone?.(answer, input);
    } catch (error) {
      if (error instanceof BillingError && (error.status === 0 || error.status >= 500)) {
        unsettled.current = { input: text, key };
      }
      noteEmailRequired(queries, error);
      notify({ kind: 'error', title: options.failure, message: describeError(error, texts) });
      await refresh();
    } finally {
      busy.current = false;
      setRunning(undefined);
    }
  };
  return { isRunning: running !== undefined, running: running?.input, start };
}

import { SetMetadata, type Type } from '@nestjs/common';
import { type PayerKey } from '../auth/payer.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';

export const REPLAY_SOURCE = 'billing:replay-source';

/** What is known about a request that is repeated under its Idempotency-Key. */
export interface EarlierRequest {
  payer: PayerKey;
  /** The response that was kept, with null for each client secret; undefined when the first try gave none. */
  answer: unknown;
  /** The last operation that the request began; always done when there is no response. */
  operation: StripeOperation | null;
}

/** Makes the response to a repeated request where the kept one is not enough. */
export interface ReplaySource {
  /**
   * Called when the kept response lacks a client secret, and when the first try died after its operation was done.
   * @returns the body of the response, with client secrets fetched anew and null where they are no longer needed; undefined
   * when the operation is not what the request is about, so that the request must run again
   */
  replay(earlier: EarlierRequest): Promise<object | undefined>;
}

/** Names the provider that makes the response to repetitions of a route. Without it, client secrets are null. */
export const ReplayWith = (source: Type<ReplaySource>) => SetMetadata(REPLAY_SOURCE, source);

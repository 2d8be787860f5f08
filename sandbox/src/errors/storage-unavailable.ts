import { StripeError } from './stripe-error.js';

/** 500 `api_error` for a write that cannot be stored: nothing of it was done, and it may be tried again. */
export class StorageUnavailable extends StripeError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message =
      `The sandbox cannot store anything at the moment (${reason}). Nothing of this request was done: try it again ` +
      'once there is room on the disk.';
    super(500, { type: 'api_error', message });
  }
}

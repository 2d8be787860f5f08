import { type JsonObject } from '../wire.js';

type StripeErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

/** The `error` object of an answer, without the fields that the server adds (`doc_url`, `request_log_url`). */
export interface StripeErrorBody {
  type: StripeErrorType;
  message: string;
  code?: string;
  decline_code?: string;
  advice_code?: string;
  network_decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: JsonObject;
  setup_intent?: JsonObject;
  payment_method?: JsonObject;
}

/** Thrown by handlers; it becomes an answer in Stripe's error format. */
export class StripeError extends Error {
  /**
   * @param status HTTP status of the answer
   * @param keepChanges true when what the handler wrote before throwing stays written (a declined charge, for example);
   *   otherwise everything the request wrote is undone
   */
  constructor(
    readonly status: number,
    readonly body: StripeErrorBody,
    readonly keepChanges = false,
  ) {
    super(body.message);
  }
}

/** 400 `invalid_request_error`. */
export function invalidRequest(message: string, details: { code?: string; param?: string } = {}): StripeError {
  return new StripeError(400, { type: 'invalid_request_error', message, ...details });
}

/** 400 `parameter_missing`. */
export function missingParameter(name: string): StripeError {
  return invalidRequest(`Missing required param: ${name}.`, { code: 'parameter_missing', param: name });
}

/** "No such customer: 'cus_1'". 404 when the id stands in the path (`id`, `intent`), 400 when it is a parameter. */
export function resourceMissing(name: string, id: string, param = 'id'): StripeError {
  return new StripeError(param === 'id' || param === 'intent' ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${name}: '${id}'`,
    param,
  });
}

/**
 * 402 `card_error`.
 * @param keepChanges true when what the request wrote so far (a failed charge, its events) is kept
 */
export function cardError(details: Omit<StripeErrorBody, 'type'>, keepChanges = false): StripeError {
  return new StripeError(402, { type: 'card_error', ...details }, keepChanges);
}

/** 429 for a write to what lives on a test clock while that advances. */
export function clockAdvancing(testClock: string): StripeError {
  return new StripeError(429, {
    type: 'invalid_request_error',
    code: 'lock_timeout',
    message: `Test clock advancement underway - cannot perform modifications: ${testClock}`,
  });
}

/** 400 for a feature that Stripe has and the sandbox has not. */
export function notSupported(what: string, param?: string): StripeError {
  return invalidRequest(`The sandbox does not support ${what}.`, {
    code: 'sandbox_unsupported',
    ...(param === undefined ? {} : { param }),
  });
}

/** The JSON body of an error answer. */
export function errorAnswer(error: StripeError, requestId: string): { error: Record<string, unknown> } {
  const { code } = error.body;
  return {
    error: {
      ...error.body,
      ...(code === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
      request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
    },
  };
}

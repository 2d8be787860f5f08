/** Status, title and default text of every error that the API can return. The code is stable; clients may rely on it. */
export const ERRORS = {
  malformed_json: { status: 400, title: 'Bad Request', detail: 'The body is not valid JSON' },
  validation_failed: { status: 400, title: 'Bad Request', detail: 'The request has invalid fields' },
  invalid_tier: { status: 400, title: 'Bad Request', detail: 'Invalid tier' },
  invalid_interval: { status: 400, title: 'Bad Request', detail: 'Invalid interval' },
  invalid_add_on: { status: 400, title: 'Bad Request', detail: 'Invalid add-on' },
  invalid_currency: { status: 400, title: 'Bad Request', detail: 'Invalid currency' },
  invalid_coupon: { status: 400, title: 'Bad Request', detail: 'Invalid coupon' },
  invalid_payment_method: { status: 400, title: 'Bad Request', detail: 'Invalid payment method' },
  nothing_to_update: { status: 400, title: 'Bad Request', detail: 'Nothing to update' },
  email_required: { status: 400, title: 'Bad Request', detail: 'Email required' },
  invalid_signature: { status: 400, title: 'Bad Request', detail: 'Invalid signature' },
  refused_by_stripe: { status: 400, title: 'Bad Request', detail: 'Stripe refused the request' },
  authentication_required: { status: 401, title: 'Unauthorized', detail: 'A valid bearer token is required' },
  card_declined: { status: 402, title: 'Payment Required', detail: 'Your card was declined' },
  user_inactive: { status: 403, title: 'Forbidden', detail: 'This user is inactive' },
  organization_inactive: { status: 403, title: 'Forbidden', detail: 'This organization is inactive' },
  organization_ambiguous: {
    status: 403,
    title: 'Forbidden',
    detail: 'The token names several organizations; send one that names the organization to act for',
  },
  buyer_role_required: {
    status: 403,
    title: 'Forbidden',
    detail: 'Your role in this organization may read only; ask one of its owners or administrators to change this',
  },
  scope_required: { status: 403, title: 'Forbidden', detail: 'The scope of this service key does not allow this' },
  role_required: { status: 403, title: 'Forbidden', detail: 'This needs the role admin' },
  not_found: { status: 404, title: 'Not Found', detail: 'Not found' },
  subscription_exists: {
    status: 409,
    title: 'Conflict',
    detail: 'You already have a subscription; change it instead of buying another',
  },
  customer_exists: { status: 409, title: 'Conflict', detail: 'This payer has a Stripe customer already' },
  existing_customer: {
    status: 409,
    title: 'Conflict',
    detail:
      'You seem to have a subscription from before; ask support to link it to your account instead of buying another',
  },
  payer_closed: { status: 409, title: 'Conflict', detail: 'This payer was closed for good' },
  purchase_in_progress: { status: 409, title: 'Conflict', detail: 'A purchase is in progress' },
  trial_already_used: { status: 409, title: 'Conflict', detail: 'Trial already used' },
  not_scheduled_for_cancellation: {
    status: 409,
    title: 'Conflict',
    detail: 'Subscription is not scheduled for cancellation',
  },
  scheduled_for_cancellation: {
    status: 409,
    title: 'Conflict',
    detail: 'Subscription is scheduled for cancellation; reactivate it first',
  },
  not_in_catalogue: {
    status: 409,
    title: 'Conflict',
    detail: 'This subscription is of no plan on sale, so its plan cannot be changed here; ask support',
  },
  add_on_does_not_fit: {
    status: 409,
    title: 'Conflict',
    detail: 'An add-on of the subscription does not go with that plan; drop it with the same change',
  },
  seats_in_use: { status: 409, title: 'Conflict', detail: 'More seats are in use; free some first' },
  currency_fixed: {
    status: 409,
    title: 'Conflict',
    detail: 'You pay in another currency already; leave the currency out',
  },
  subscription_state: { status: 409, title: 'Conflict', detail: 'The state of the subscription does not allow this' },
  limit_reached: { status: 409, title: 'Conflict', detail: 'The limit is reached' },
  invoice_state: { status: 409, title: 'Conflict', detail: 'The state of the invoice does not allow this' },
  payment_method_required: {
    status: 409,
    title: 'Conflict',
    detail: 'There is no card to charge; add a payment method first',
  },
  payment_method_in_use: {
    status: 409,
    title: 'Conflict',
    detail: 'This is the only payment method of a live subscription; add another one first',
  },
  payment_method_limit: { status: 409, title: 'Conflict', detail: 'Too many payment methods; remove one first' },
  conflict: {
    status: 409,
    title: 'Conflict',
    detail: 'Something else of yours is being changed at the same time; try again',
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'Conflict',
    detail: 'A request with this Idempotency-Key is still in progress',
  },
  payload_too_large: { status: 413, title: 'Payload Too Large', detail: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported Media Type', detail: 'Send application/json' },
  usage_key_reused: {
    status: 422,
    title: 'Unprocessable Content',
    detail: 'This key was used with another amount',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Unprocessable Content',
    detail: 'This Idempotency-Key was used with another request',
  },
  rate_limited: { status: 429, title: 'Too Many Requests', detail: 'Too many requests; try again later' },
  internal_error: { status: 500, title: 'Internal Server Error', detail: 'Something went wrong on our side' },
  plan_unavailable: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'This plan cannot be bought at the moment; choose another one',
  },
  stripe_failed: { status: 502, title: 'Bad Gateway', detail: 'Stripe could not process the request; try again later' },
  stripe_unavailable: { status: 503, title: 'Service Unavailable', detail: 'Stripe is not reachable; try again later' },
  service_unavailable: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The service is not ready; try again later',
  },
} as const satisfies Record<string, { status: number; title: string; detail: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One invalid field of a request. */
export interface FieldError {
  /** Path of the field, for example `trial_days`. */
  field: string;
  message: string;
}

/** Members of the response beyond code and text. */
export interface ErrorExtras {
  errors?: FieldError[];
  /** Stripe's reason for a declined card, for example `insufficient_funds`. */
  decline_code?: string;
  /** Seconds after which the caller may retry; sent as `Retry-After`. */
  retryAfterSeconds?: number;
}

/** An error that the caller may see. Its text is part of the API; `cause` is for the log only. */
export class BillingError extends Error {
  override readonly name = 'BillingError';
  readonly detail: string;

  constructor(
    readonly code: ErrorCode,
    detail?: string,
    readonly extras: ErrorExtras = {},
    cause?: unknown,
  ) {
    super(detail ?? ERRORS[code].detail, { cause });
    this.detail = this.message;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** 400 with one entry for each invalid field; the text names the first one. */
export function validationFailed(errors: FieldError[]): BillingError {
  const first = errors[0];
  const detail = first === undefined ? undefined : first.message;
  return new BillingError('validation_failed', detail, { errors });
}

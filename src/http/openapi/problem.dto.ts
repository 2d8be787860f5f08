/** One invalid field. */
export class FieldProblemDto {
  /** Path of the field.
   * @example "trial_days" */
  field!: string;
  /** What is wrong with it.
   * @example "trial_days must not be greater than 14" */
  message!: string;
}

/** Problem details (RFC 9457). */
export class ProblemDto {
  /** Always `about:blank`: the code says more.
   * @example "about:blank" */
  type!: string;
  /** Text of the HTTP status.
   * @example "Bad Request" */
  title!: string;
  /** HTTP status.
   * @example 400 */
  status!: number;
  /** What is wrong and what to do.
   * @example "Invalid tier: gold" */
  detail!: string;
  /** The same text as `detail`.
   * @example "Invalid tier: gold" */
  message!: string;
  /** Stable code of the error.
   * @example "invalid_tier" */
  code!: string;
  /** Id of the request, as in `X-Request-Id` and the log.
   * @example "0f8fad5b-d9cb-469f-a165-70867728950e" */
  request_id!: string | null;
  /** Only for invalid fields: each of them.
   * @example [{ "field": "trial_days", "message": "trial_days must not be greater than 14" }] */
  errors?: FieldProblemDto[];
  /** Only for declined cards: Stripe's reason.
   * @example "insufficient_funds" */
  decline_code?: string;
}

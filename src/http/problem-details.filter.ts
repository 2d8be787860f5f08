import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { type Response } from 'express';
import { BillingError, type ErrorCode, ERRORS } from '../common/billing-error.js';
import { isDatabaseAway } from '../common/database-away.js';
import { currentRequestContext } from '../common/request-context.js';

/** Turns an error of a lower layer into a BillingError, or returns it unchanged. */
export type ErrorTranslator = (error: unknown) => unknown;

/** When a caller may try again who got a 503 that does not say. */
const RETRY_AFTER_SECONDS = 5;

const CODE_OF_HTTP_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'validation_failed',
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
};

/** Sends every error as problem details (RFC 9457). What is not ours to show becomes a logged 500. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  constructor(private readonly translate: ErrorTranslator) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const error = this.toBillingError(this.translate(thrown));
    this.log(error, thrown);
    if (response.headersSent) {
      response.end();
      return;
    }
    const { retryAfterSeconds = error.status === 503 ? RETRY_AFTER_SECONDS : undefined, ...members } = error.extras;
    if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', Math.max(1, Math.ceil(retryAfterSeconds)));
    if (error.code === 'authentication_required') response.setHeader('WWW-Authenticate', 'Bearer');
    response.setHeader('Cache-Control', 'no-store');
    response
      .status(error.status)
      .type('application/problem+json')
      .send(JSON.stringify(problemOf(error, members)));
  }

  private toBillingError(error: unknown): BillingError {
    if (error instanceof BillingError) return error;
    if (isDatabaseAway(error)) return new BillingError('service_unavailable', undefined, {}, error);
    if (error instanceof HttpException) {
      const code = CODE_OF_HTTP_STATUS[error.getStatus()];
      if (code !== undefined) return new BillingError(code, undefined, {}, error);
    }
    return new BillingError('internal_error', undefined, {}, error);
  }

  /** The text of a refusal repeats what the caller sent, so only its code is logged. */
  private log(error: BillingError, thrown: unknown): void {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    if (error.status >= 500) this.logger.error(`${error.code}: ${error.detail}`, stack);
    else this.logger.debug(error.code);
  }
}

function problemOf(error: BillingError, members: object): object {
  const { title } = ERRORS[error.code];
  return {
    type: 'about:blank',
    title,
    status: error.status,
    detail: error.detail,
    message: error.detail,
    code: error.code,
    request_id: currentRequestContext()?.requestId ?? null,
    ...members,
  };
}

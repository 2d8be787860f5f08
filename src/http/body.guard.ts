import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { hasUnsupportedBody, type ParsedRequest } from './body-parser.js';

const READ_ONLY = new Set(['GET', 'HEAD']);
/** Levels of objects and lists in a body; a hundred thousand of them fit into one, and would exhaust the stack. */
const MAX_DEPTH = 8;

/** Refuses a body that could not be read, once it is known that the caller may call at all. */
@Injectable()
export class BodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ParsedRequest>();
    if (Buffer.isBuffer(request.body) || READ_ONLY.has(request.method)) return true;
    const { bodyError } = request;
    if (bodyError !== undefined) throw refusal(bodyError);
    if (hasUnsupportedBody(request)) throw new BillingError('unsupported_media_type');
    if (isDeeperThan(MAX_DEPTH, request.body))
      throw new BillingError('validation_failed', 'The body is nested too deeply');
    return true;
  }
}

function refusal(error: { type?: string; status?: number } & Error): BillingError {
  if (error.type === 'entity.too.large') return new BillingError('payload_too_large', undefined, {}, error);
  if (error.status === 415) return new BillingError('unsupported_media_type', undefined, {}, error);
  return new BillingError('malformed_json', undefined, {}, error);
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((nested) => isDeeperThan(levels - 1, nested));
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type Request } from 'express';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
/** Headers by which a proxy says that the request comes from elsewhere. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * With METRICS_TOKEN, whoever has it may read the metrics. Without, the address does not exist in production, where a proxy
 * on the same machine may pass requests on without a word; elsewhere it answers programs on the same machine alone.
 */
@Injectable()
export class MetricsAccessGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const { METRICS_TOKEN: token } = this.config.env;
    if (token === undefined) {
      const forwarded = FORWARDED.some((name) => request.headers[name] !== undefined);
      if (this.config.production || forwarded || !LOOPBACK.has(request.socket.remoteAddress ?? ''))
        throw new BillingError('not_found');
    } else if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
      throw new BillingError('authentication_required');
    }
    return true;
  }
}

function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { Clock } from '../common/clock.js';
import { AppConfig } from '../config/app-config.js';
import { networkOf, RateLimiter } from './rate-limiter.js';
import { type AuthenticatedRequest } from './request-user.js';

const MINUTE = 60;
const READS = new Set(['GET', 'HEAD']);

/**
 * Refuses users and network addresses beyond their limits with 429 and `Retry-After`. Everything that changes something
 * counts as a purchase: each of these routes could be used to test stolen cards or to guess coupon codes. Routes
 * without a user (webhook, health, plans) have no limit.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly purchasesOfUser: RateLimiter;
  private readonly purchasesOfNetwork: RateLimiter;
  private readonly readsOfUser: RateLimiter;

  constructor({ env }: AppConfig, clock: Clock) {
    const perMinute = (limit: number) => new RateLimiter(limit, MINUTE, () => clock.monotonicSeconds());
    this.purchasesOfUser = perMinute(env.RATE_LIMIT_PURCHASES_PER_USER);
    this.purchasesOfNetwork = perMinute(env.RATE_LIMIT_PURCHASES_PER_ADDRESS);
    this.readsOfUser = perMinute(env.RATE_LIMIT_READS_PER_USER);
  }

  canActivate(context: ExecutionContext): boolean {
    const { user, method, ip = '' } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (user === undefined) return true;
    const caller = String(user.id);
    const seconds = READS.has(method)
      ? this.readsOfUser.count(caller)
      : this.purchasesOfUser.count(caller) || this.purchasesOfNetwork.count(networkOf(ip));
    if (seconds > 0) throw new BillingError('rate_limited', undefined, { retryAfterSeconds: seconds });
    return true;
  }
}

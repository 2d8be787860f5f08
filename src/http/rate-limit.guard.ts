import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { networkOf } from './network.js';
import { type AuthenticatedRequest } from '../auth/request-user.js';

const MINUTE = 60;
const READS = new Set(['GET', 'HEAD']);

/**
 * Refuses users and network addresses beyond their limits with 429 and `Retry-After`. Everything that changes something
 * counts as a purchase: each of these routes could be used to test stolen cards or to guess coupon codes. Routes
 * without a user (webhook, health, plans) have no limit.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly purchasesOfUser: RateLimiterMemory;
  private readonly purchasesOfNetwork: RateLimiterMemory;
  private readonly readsOfUser: RateLimiterMemory;

  constructor({ env }: AppConfig) {
    const perMinute = (points: number) => new RateLimiterMemory({ points, duration: MINUTE });
    this.purchasesOfUser = perMinute(env.RATE_LIMIT_PURCHASES_PER_USER);
    this.purchasesOfNetwork = perMinute(env.RATE_LIMIT_PURCHASES_PER_ADDRESS);
    this.readsOfUser = perMinute(env.RATE_LIMIT_READS_PER_USER);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { user, method, ip = '' } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (user === undefined) return true;
    if (READS.has(method)) await count(this.readsOfUser, String(user.id));
    else {
      await count(this.purchasesOfUser, String(user.id));
      await count(this.purchasesOfNetwork, networkOf(ip));
    }
    return true;
  }
}

/** @throws BillingError rate_limited beyond the limit */
async function count(limiter: RateLimiterMemory, caller: string): Promise<void> {
  try {
    await limiter.consume(caller);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new BillingError('rate_limited', undefined, { retryAfterSeconds: refusal.msBeforeNext / 1000 });
  }
}

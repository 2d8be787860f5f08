import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { networkOf } from './network.js';
import { type AuthenticatedRequest } from '../auth/authenticated-request.js';
import { type Actor, type Payer } from '../auth/payer.js';

const MINUTE = 60;
const READS = new Set(['GET', 'HEAD']);

/**
 * Refuses payers, users and network addresses beyond their limits with 429 and `Retry-After`. Everything that changes
 * something counts as a purchase of its payer: each of these routes could be used to test stolen cards or to guess coupon
 * codes. Reads count for whoever reads, so that no member of an organization locks the others out. Public routes (webhook,
 * health, plans) have no limit.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly purchasesOfPayer: RateLimiterMemory;
  private readonly purchasesOfNetwork: RateLimiterMemory;
  private readonly readsOfUser: RateLimiterMemory;

  constructor({ env }: AppConfig) {
    const perMinute = (points: number) => new RateLimiterMemory({ points, duration: MINUTE });
    this.purchasesOfPayer = perMinute(env.RATE_LIMIT_PURCHASES_PER_USER);
    this.purchasesOfNetwork = perMinute(env.RATE_LIMIT_PURCHASES_PER_ADDRESS);
    this.readsOfUser = perMinute(env.RATE_LIMIT_READS_PER_USER);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { actor, payer, method, ip = '' } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (actor === undefined) return true;
    if (READS.has(method)) await count(this.readsOfUser, keyOf(actor));
    else {
      await count(this.purchasesOfPayer, keyOf(payer ?? actor));
      await count(this.purchasesOfNetwork, networkOf(ip));
    }
    return true;
  }
}

function keyOf({ kind, id }: Actor | Payer): string {
  return `${kind}:${id}`;
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

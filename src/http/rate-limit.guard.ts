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
 * codes. Reads count for whoever reads, so that no member of an organization locks the others out. A service key has one
 * limit of its own for everything, since its host comes from few addresses with everybody's requests. Public routes (webhook,
 * health, plans) have no limit.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly purchasesOfPayer: RateLimiterMemory;
  private readonly purchasesOfNetwork: RateLimiterMemory;
  private readonly readsOfUser: RateLimiterMemory;
  private readonly requestsOfKey: RateLimiterMemory;

  constructor({ env }: AppConfig) {
    const perMinute = (points: number) => new RateLimiterMemory({ points, duration: MINUTE });
    this.purchasesOfPayer = perMinute(env.RATE_LIMIT_PURCHASES_PER_USER);
    this.purchasesOfNetwork = perMinute(env.RATE_LIMIT_PURCHASES_PER_ADDRESS);
    this.readsOfUser = perMinute(env.RATE_LIMIT_READS_PER_USER);
    this.requestsOfKey = perMinute(env.RATE_LIMIT_PER_SERVICE_KEY);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { actor, payer, method, ip = '' } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (actor === undefined) return true;
    const isKey = actor.kind === 'service_key';
    if (isKey) await count(this.requestsOfKey, keyOf(actor));
    if (READS.has(method)) {
      if (!isKey) await count(this.readsOfUser, keyOf(actor));
    } else if (payer !== undefined || !isKey) {
      await count(this.purchasesOfPayer, keyOf(payer ?? actor));
      if (!isKey) await count(this.purchasesOfNetwork, networkOf(ip));
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

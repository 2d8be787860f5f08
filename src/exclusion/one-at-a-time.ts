import { SetMetadata } from '@nestjs/common';

export const ONE_AT_A_TIME = 'billing:one-at-a-time';

/** What a request does that excludes others of its payer. */
export type Purpose = 'purchase' | 'plan_change' | 'subscription' | 'payment_methods' | 'payment';

/**
 * Marks a route that changes what depends on other things of the payer: cards, subscriptions, purchases. While it runs, every
 * other such request of the same payer gets 409 with `Retry-After: 1`, so that none acts on what another is changing.
 */
export const OneAtATime = (purpose: Purpose) => SetMetadata(ONE_AT_A_TIME, purpose);

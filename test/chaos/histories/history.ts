import fc from 'fast-check';
import { type ChaosSettings } from 'stripe-sandbox';

/** Mostly good cards; one that fails when it is charged, one that always asks for 3-D Secure. */
const card = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('pm_card_visa', 'pm_card_mastercard') },
  { weight: 1, arbitrary: fc.constant('pm_card_chargeCustomerFail') },
  { weight: 1, arbitrary: fc.constant('pm_card_authenticationRequired') },
);
const TIERS = ['starter', 'professional', 'enterprise'];
const INTERVALS = ['month', 'year'];
/** Coupons that the account has. */
export const COUPONS = ['LAUNCH20', 'FOREVER50'];
const DAY = 86_400;

/** What a customer asks of our API. */
export type ApiStep =
  | {
      do: 'subscribe';
      tier: string;
      interval: string;
      card: string | null;
      trialDays: number | null;
      coupon: string | null;
      /** once, or the same request again: with the same `Idempotency-Key`, or without any, at the same time. */
      again: 'no' | 'same key' | 'at once';
    }
  | { do: 'check out'; tier: string; interval: string; trial: boolean; complete: boolean }
  | { do: 'change plan'; tier: string; interval: string; now: boolean; card: string | null }
  | { do: 'cancel'; now: boolean }
  | { do: 'reactivate' }
  | { do: 'add card'; card: string; makeDefault: boolean }
  | { do: 'remove card' }
  | { do: 'change default' }
  | { do: 'rename'; name: string };

/** What happens at Stripe without us: in its portal, its dashboard, at the bank. */
export type StripeStep =
  | { do: 'portal: cancel at'; days: number }
  | { do: 'portal: cancel at period end'; on: boolean }
  | { do: 'portal: keep' }
  | { do: 'dashboard: change plan'; tier: string; interval: string }
  | { do: 'dashboard: second subscription'; tier: string }
  | { do: 'dashboard: cancel' }
  | { do: 'dashboard: refund'; part: number }
  | { do: 'dashboard: void invoice' }
  | { do: 'dashboard: edit customer'; name: string }
  | { do: 'pay invoice' }
  | { do: '3-D Secure'; pass: boolean }
  | { do: 'dashboard: delete customer' }
  | { do: 'detach card' };

/** Time that passes at Stripe, for everybody. */
type TimeStep = { do: 'pass time'; seconds: number };

export type Step = ApiStep | StripeStep | TimeStep;

/** One customer: moments one after the other, the steps of a moment at the same time. */
export type History = Step[][];

/** Customers that live beside each other while deliveries are disturbed. */
export interface Lives {
  chaos: Omit<ChaosSettings, 'seed'> & { seed: number };
  customers: History[];
}

const tier = fc.constantFrom(...TIERS);
const interval = fc.constantFrom(...INTERVALS);
const orNull = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null });
const name = fc.constantFrom('Ada', 'Grace', 'Katherine');

const subscribe: fc.Arbitrary<ApiStep> = fc.record({
  do: fc.constant('subscribe' as const),
  tier,
  interval,
  card: fc.option(card, { nil: null, freq: 6 }),
  trialDays: fc.option(fc.constantFrom(1, 14), { nil: null, freq: 1 }),
  coupon: fc.option(fc.constantFrom(...COUPONS), { nil: null, freq: 1 }),
  again: fc.constantFrom('no', 'no', 'same key', 'at once'),
});

const apiStep: fc.Arbitrary<ApiStep> = fc.oneof(
  { weight: 4, arbitrary: subscribe },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('change plan' as const),
      tier,
      interval,
      now: fc.boolean(),
      card: orNull(card),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('check out' as const),
      tier,
      interval,
      trial: fc.boolean(),
      complete: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), now: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reactivate' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('add card' as const), card, makeDefault: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'remove card' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'change default' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rename' as const), name }) },
);

const stripeStep: fc.Arbitrary<StripeStep> = fc.oneof(
  fc.record({ do: fc.constant('portal: cancel at' as const), days: fc.constantFrom(3, 40) }),
  fc.record({ do: fc.constant('portal: cancel at period end' as const), on: fc.boolean() }),
  fc.constant({ do: 'portal: keep' as const }),
  fc.record({ do: fc.constant('dashboard: change plan' as const), tier, interval }),
  fc.record({ do: fc.constant('dashboard: second subscription' as const), tier }),
  fc.constant({ do: 'dashboard: cancel' as const }),
  fc.record({ do: fc.constant('dashboard: refund' as const), part: fc.constantFrom(0.3, 1) }),
  fc.constant({ do: 'dashboard: void invoice' as const }),
  fc.record({ do: fc.constant('dashboard: edit customer' as const), name }),
  fc.constant({ do: 'pay invoice' as const }),
  fc.record({ do: fc.constant('3-D Secure' as const), pass: fc.boolean() }),
  fc.constant({ do: 'dashboard: delete customer' as const }),
  fc.constant({ do: 'detach card' as const }),
);

const timeStep: fc.Arbitrary<TimeStep> = fc.record({
  do: fc.constant('pass time' as const),
  seconds: fc.constantFrom(5, 3_600, DAY, 8 * DAY, 32 * DAY),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: apiStep },
  { weight: 4, arbitrary: stripeStep },
  { weight: 1, arbitrary: timeStep },
);

const history: fc.Arbitrary<History> = fc
  .tuple(subscribe, fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 6, size: 'max' }))
  .map(([first, rest]) => [[first], ...rest]);

const often = fc.constantFrom(0, 0.3, 0.6);

/** Lives of so many customers. */
export function lives(customers: number): fc.Arbitrary<Lives> {
  return fc.record({
    chaos: fc.record({
      seed: fc.nat(),
      duplicate: often,
      reorder: often,
      delay: fc.constantFrom(0, 0.2),
      delay_seconds: fc.constantFrom(0.5, 1.5),
      drop_until_retry: fc.constantFrom(0, 0.3),
      old_api_version: often,
      wrong_signature: fc.constantFrom(0, 0.2),
      drop_for_good: fc.constantFrom(0, 0, 0.3),
      same_second: fc.constant(false),
      // More than one second's difference between the stamps is not presumed (see docs/consistency.md).
      stamp_seconds: fc.constantFrom(1, 2),
    }),
    customers: fc.array(history, { minLength: customers, maxLength: customers }),
  });
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';

interface Refused {
  readonly code: string;
  readonly decline_code?: string;
}
const declined = (decline_code: string): Refused => ({ code: 'card_declined', decline_code });
const GENERIC = declined('generic_decline');

/** Stripe's documented cards that refuse everything: number, name of the tokens, refusal. */
const REFUSING: readonly [string, string, Refused][] = [
  ['4000000000000002', 'visa_chargeDeclined', GENERIC],
  ['4000000000000002', 'chargeDeclined', GENERIC],
  ['4000000000009995', 'visa_chargeDeclinedInsufficientFunds', declined('insufficient_funds')],
  ['4000000000009987', 'visa_chargeDeclinedLostCard', declined('lost_card')],
  ['4000000000009979', 'visa_chargeDeclinedStolenCard', declined('stolen_card')],
  ['4000000000006975', 'visa_chargeDeclinedVelocityLimitExceeded', declined('card_velocity_exceeded')],
  ['4000000000000069', 'chargeDeclinedExpiredCard', { code: 'expired_card' }],
  ['4000000000000127', 'chargeDeclinedIncorrectCvc', { code: 'incorrect_cvc' }],
  ['4000000000000119', 'chargeDeclinedProcessingError', { code: 'processing_error' }],
];

/** Cards that can be attached and set up, but are refused when they are charged. */
const REFUSING_CHARGES: readonly [string, string, Refused][] = [
  ['4000000000000341', 'chargeCustomerFail', GENERIC],
  ['4000000000005589', 'visa_chargeCustomerFailLostCard', declined('lost_card')],
  ['4000000000005597', 'visa_chargeCustomerFailStolenCard', declined('stolen_card')],
  ['4100000000000019', 'radarBlock', declined('fraudulent')],
];

/** Cards that are accepted everywhere, without 3-D Secure. */
const ACCEPTED: readonly [string, string, string][] = [
  ['4242424242424242', 'visa', 'visa'],
  ['4000056655665556', 'visa_debit', 'visa'],
  ['5555555555554444', 'mastercard', 'mastercard'],
  ['378282246310005', 'amex', 'amex'],
  ['4000000000000259', 'createDispute', 'visa'],
  ['4000000000007726', 'pendingRefund', 'visa'],
  ['4000000000005126', 'refundFail', 'visa'],
  ['4000000000000077', 'bypassPending', 'visa'],
];

type Step = 'succeeded' | 'requires_action' | Refused;
interface Authentication {
  /** Of a payment with the customer present, and after its 3-D Secure step was passed. */
  readonly onSession: Step;
  readonly afterwards?: Step;
  /** Of a payment without the customer, before and after the card was set up. */
  readonly offSession: Step;
  readonly offSessionAfterSetup: Step;
  readonly setup: Step;
}
const AUTHENTICATION_REQUIRED: Refused = {
  code: 'authentication_required',
  decline_code: 'authentication_required',
};
const INSUFFICIENT = declined('insufficient_funds');

const AUTHENTICATED: readonly [string, string, Authentication][] = [
  [
    '4000002760003184',
    'authenticationRequired',
    {
      onSession: 'requires_action',
      afterwards: 'succeeded',
      offSession: AUTHENTICATION_REQUIRED,
      offSessionAfterSetup: AUTHENTICATION_REQUIRED,
      setup: 'requires_action',
    },
  ],
  [
    '4000002500003155',
    'authenticationRequiredOnSetup',
    {
      onSession: 'requires_action',
      afterwards: 'succeeded',
      offSession: AUTHENTICATION_REQUIRED,
      offSessionAfterSetup: 'succeeded',
      setup: 'requires_action',
    },
  ],
  [
    '4000003800000446',
    'authenticationRequiredSetupForOffSession',
    {
      onSession: 'requires_action',
      afterwards: 'succeeded',
      offSession: 'succeeded',
      offSessionAfterSetup: 'succeeded',
      setup: 'requires_action',
    },
  ],
  [
    '4000008260003178',
    'authenticationRequiredChargeDeclinedInsufficientFunds',
    {
      onSession: 'requires_action',
      afterwards: INSUFFICIENT,
      offSession: INSUFFICIENT,
      offSessionAfterSetup: INSUFFICIENT,
      setup: 'requires_action',
    },
  ],
  [
    '4000000000003220',
    'threeDSecure2Required',
    {
      onSession: 'requires_action',
      afterwards: 'succeeded',
      offSession: AUTHENTICATION_REQUIRED,
      offSessionAfterSetup: AUTHENTICATION_REQUIRED,
      setup: 'requires_action',
    },
  ],
];

describe("Stripe's documented test cards, each with its documented codes", () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  const typed = (number: string): Promise<Stripe.PaymentMethod> =>
    stripe.paymentMethods.create({ type: 'card', card: { number, exp_month: 12, exp_year: 2040, cvc: '123' } });
  const ofToken = (name: string): Promise<Stripe.PaymentMethod> =>
    stripe.paymentMethods.create({ type: 'card', card: { token: `tok_${name}` } });
  const customer = async (): Promise<string> => (await stripe.customers.create({})).id;
  const attach = async (method: string): Promise<Stripe.PaymentMethod> =>
    stripe.paymentMethods.attach(method, { customer: await customer() });
  const setUp = (method: string, owner?: string): Promise<Stripe.SetupIntent> =>
    stripe.setupIntents.create({
      payment_method: method,
      confirm: true,
      ...(owner === undefined ? {} : { customer: owner }),
    });
  const pay = (method: string, extra: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<Stripe.PaymentIntent> =>
    stripe.paymentIntents.create({ amount: 1_000, currency: 'usd', payment_method: method, confirm: true, ...extra });
  const expectRefusal = async (call: Promise<unknown>, refused: Refused): Promise<void> => {
    const error = await billing.refusal(call);
    const { type, statusCode, code, decline_code: declineCode } = error;
    expect({ type, statusCode, code, decline_code: declineCode }).toEqual({
      type: 'StripeCardError',
      statusCode: 402,
      decline_code: '',
      ...refused,
    });
    expect(error.message).not.toBe('');
  };
  const expectStep = async (call: Promise<{ status: string }>, step: Step | undefined): Promise<void> => {
    if (typeof step === 'string') expect((await call).status).toBe(step);
    else if (step !== undefined) await expectRefusal(call, step);
  };

  describe.each(REFUSING)('%s, pm_card_%s', (number, name, refused) => {
    it('is refused when it is attached, set up and charged, by number, token and payment method', async () => {
      await expectRefusal(attach(`pm_card_${name}`), refused);
      await expectRefusal(setUp(`pm_card_${name}`), refused);
      await expectRefusal(pay(`pm_card_${name}`), refused);
      await expectRefusal(pay((await ofToken(name)).id), refused);
      await expectRefusal(pay((await typed(number)).id), refused);
      await expectRefusal(attach((await typed(number)).id), refused);
    });
  });

  describe.each(REFUSING_CHARGES)('%s, pm_card_%s', (number, name, refused) => {
    it('is attached and set up, and refused when it is charged', async () => {
      const attached = await attach(`pm_card_${name}`);
      await expectRefusal(pay(attached.id, { customer: attached.customer as string, off_session: true }), refused);
      expect((await setUp(`pm_card_${name}`)).status).toBe('succeeded');
      await expectRefusal(pay((await typed(number)).id), refused);
    });
  });

  describe.each(ACCEPTED)('%s, pm_card_%s', (number, name, brand) => {
    it('is attached, set up and charged', async () => {
      expect((await attach(`pm_card_${name}`)).card).toMatchObject({ brand, last4: number.slice(-4) });
      expect((await setUp(`pm_card_${name}`)).status).toBe('succeeded');
      expect((await pay(`pm_card_${name}`)).status).toBe('succeeded');
      expect((await pay((await ofToken(name)).id)).status).toBe('succeeded');
      expect((await typed(number)).card?.fingerprint).toBe((await ofToken(name)).card?.fingerprint);
    });
  });

  describe.each(AUTHENTICATED)('%s, pm_card_%s', (number, name, expected) => {
    it('asks for 3-D Secure when its documentation says so', async () => {
      const owner = await customer();
      const { id } = await stripe.paymentMethods.attach((await typed(number)).id, { customer: owner });
      const offSession = (): Promise<Stripe.PaymentIntent> => pay(id, { customer: owner, off_session: true });
      await expectStep(offSession(), expected.offSession);
      await expectStep(pay(`pm_card_${name}`), expected.onSession);
      const waiting = await pay(id, { customer: owner });
      await billing.completeAuthentication(waiting.id);
      const after = await stripe.paymentIntents.retrieve(waiting.id);
      if (typeof expected.afterwards === 'string') expect(after.status).toBe(expected.afterwards);
      else expect(after.last_payment_error).toMatchObject(expected.afterwards ?? {});
      const setup = await setUp(id, owner);
      expect(setup.status).toBe(expected.setup);
      await billing.completeAuthentication(setup.id);
      await expectStep(offSession(), expected.offSessionAfterSetup);
    });
  });

  it('4000008400001629 is refused after its 3-D Secure step', async () => {
    const waiting = await pay((await typed('4000008400001629')).id);
    expect(waiting.status).toBe('requires_action');
    await billing.completeAuthentication(waiting.id);
    const after = await stripe.paymentIntents.retrieve(waiting.id);
    expect(after).toMatchObject({ status: 'requires_payment_method', last_payment_error: GENERIC });
  });

  it('4242424242424241 has a wrong check digit', async () => {
    await expectRefusal(typed('4242424242424241'), { code: 'incorrect_number' });
  });

  it('a card blocked by Radar says so in the outcome of its charge', async () => {
    const error = await billing.refusal(pay('pm_card_radarBlock'));
    const charge = await stripe.charges.retrieve(error.charge ?? '');
    expect(charge.outcome).toMatchObject({ type: 'blocked', risk_level: 'highest' });
  });
});

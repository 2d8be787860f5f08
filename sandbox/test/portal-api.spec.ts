import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';
import { portalFeatures } from './support/portal-features.js';

const RETURN = 'https://shop.example/account';

describe('the API of the customer portal', () => {
  let billing: BillingSandbox;
  let stripe: Stripe;
  let small: Stripe.Price;
  let large: Stripe.Price;
  let configuration: Stripe.BillingPortal.Configuration;

  beforeAll(async () => {
    billing = await BillingSandbox.start();
    stripe = billing.stripe;
    small = await billing.price(2900);
    large = await billing.price(7900);
    configuration = await stripe.billingPortal.configurations.create(portalFeatures(small, large));
  });
  afterAll(async () => {
    await billing.close();
    expect(billing.failures).toEqual([]);
  });

  it('a session without a configuration uses the default one, which the first such session makes', async () => {
    expect((await stripe.billingPortal.configurations.list({ is_default: true })).data).toEqual([]);
    const customer = await billing.customer();
    const types = await billing.emitted(async () => {
      const session = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: RETURN });
      expect(session).toMatchObject({ object: 'billing_portal.session', return_url: RETURN, flow: null });
      expect(session.id).toMatch(/^bps_\w{24}$/);
      expect(session.url).toMatch(/\/p\/session\/test_\w{40}$/);
    });
    expect(types).toEqual(['billing_portal.configuration.created', 'billing_portal.session.created']);
    const { data } = await stripe.billingPortal.configurations.list({ is_default: true });
    expect(data).toMatchObject([
      {
        active: true,
        is_default: true,
        features: {
          subscription_cancel: { enabled: true, mode: 'at_period_end' },
          subscription_update: { enabled: false },
        },
      },
    ]);
    const [made] = data;
    const refused = await billing.refusal(
      stripe.billingPortal.configurations.update(made?.id ?? '', { active: false }),
    );
    expect(refused).toMatchObject({ statusCode: 400, param: 'active' });
  });

  it('configurations are made, changed, listed and expanded', async () => {
    const made = await stripe.billingPortal.configurations.create({
      ...portalFeatures(small, large),
      default_return_url: RETURN,
      metadata: { team: 'billing' },
      name: 'Everything',
    });
    expect(made.features.subscription_update.products).toBeUndefined();
    const types = await billing.emitted(async () => {
      const changed = await stripe.billingPortal.configurations.update(made.id, {
        active: false,
        default_return_url: '',
        features: {
          subscription_cancel: { enabled: true, mode: 'immediately' },
          invoice_history: { enabled: false },
        },
        metadata: { team: '', floor: '3' },
      });
      expect(changed).toMatchObject({
        active: false,
        default_return_url: null,
        metadata: { floor: '3' },
        name: 'Everything',
        features: {
          customer_update: { enabled: true, allowed_updates: ['name', 'email', 'address'] },
          invoice_history: { enabled: false },
          subscription_cancel: { mode: 'immediately', cancellation_reason: { options: ['too_expensive', 'unused'] } },
        },
      });
    });
    expect(types).toEqual(['billing_portal.configuration.updated']);
    const expanded = await stripe.billingPortal.configurations.retrieve(made.id, {
      expand: ['features.subscription_update.products'],
    });
    expect(expanded.features.subscription_update.products).toMatchObject([
      { product: small.product, prices: [small.id], adjustable_quantity: { enabled: true, maximum: 5, minimum: 1 } },
      { product: large.product, prices: [large.id] },
    ]);
    const { data } = await stripe.billingPortal.configurations.list({ active: false });
    expect(data.map(({ id }) => id)).toEqual([made.id]);
    const refused = await billing.refusal(
      stripe.billingPortal.sessions.create({ customer: 'cus_x', configuration: made.id }),
    );
    expect(refused).toMatchObject({ statusCode: 400, param: 'customer' });
    const customer = await billing.customer();
    const inactive = stripe.billingPortal.sessions.create({ customer: customer.id, configuration: made.id });
    expect(await billing.refusal(inactive)).toMatchObject({ statusCode: 400, param: 'configuration' });
  });

  it.each<[string, Stripe.BillingPortal.ConfigurationCreateParams['features'], string]>([
    [
      'plan changes without products',
      { subscription_update: { enabled: true, default_allowed_updates: ['price'] } },
      'features[subscription_update][products]',
    ],
    [
      'an unknown product',
      {
        subscription_update: {
          enabled: true,
          default_allowed_updates: ['price'],
          products: [{ product: 'prod_x', prices: ['price_x'] }],
        },
      },
      'features[subscription_update][products][0][product]',
    ],
    ['pausing', { subscription_pause: { enabled: true } }, 'features[subscription_pause][enabled]'],
  ])('refuses %s', async (_case, features, param) => {
    const refused = await billing.refusal(stripe.billingPortal.configurations.create({ features }));
    expect(refused).toMatchObject({ statusCode: 400, param });
  });

  it.each<[string, Stripe.BillingPortal.SessionCreateParams.FlowData, string]>([
    ['a pause', { type: 'subscription_pause' }, 'flow_data[type]'],
    ['a cancellation without a subscription', { type: 'subscription_cancel' }, 'flow_data[subscription_cancel]'],
    [
      'an unknown subscription',
      { type: 'subscription_cancel', subscription_cancel: { subscription: 'sub_x' } },
      'flow_data[subscription_cancel][subscription]',
    ],
  ])('refuses a flow for %s', async (_case, flow_data, param) => {
    const customer = await billing.customer();
    const session = stripe.billingPortal.sessions.create({
      customer: customer.id,
      configuration: configuration.id,
      flow_data,
    });
    expect(await billing.refusal(session)).toMatchObject({ statusCode: 400, param });
  });

  it('refuses a flow for another customer’s subscription', async () => {
    const owner = await billing.customer('pm_card_visa');
    const subscription = await stripe.subscriptions.create({ customer: owner.id, items: [{ price: small.id }] });
    const other = await billing.customer();
    const session = stripe.billingPortal.sessions.create({
      customer: other.id,
      configuration: configuration.id,
      flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription: subscription.id } },
    });
    expect((await billing.refusal(session)).message).toContain('does not belong to the customer');
  });
});

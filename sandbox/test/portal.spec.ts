import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';
import { portalFeatures } from './support/portal-features.js';
import { VisitedPage, typedCard } from './support/page-visitor.js';

const RETURN = 'https://shop.example/account';
const GOOD = '4242 4242 4242 4242';
const DAY = 86_400;

describe('the pages of the customer portal, in a browser without JavaScript', () => {
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

  /** A customer with a running subscription, and the first page of a portal session. */
  async function customerWith(card = 'pm_card_visa', params: Partial<Stripe.SubscriptionCreateParams> = {}) {
    const customer = await billing.customer(card, { email: 'ada@example.com', name: 'Ada Lovelace' });
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: small.id }],
      ...params,
    });
    return {
      customer,
      subscription,
      current: () => stripe.subscriptions.retrieve(subscription.id),
      owner: async () => (await stripe.customers.retrieve(customer.id)) as Stripe.Customer,
      open: async (more: Partial<Stripe.BillingPortal.SessionCreateParams> = {}) => {
        const session = await stripe.billingPortal.sessions.create({
          customer: customer.id,
          return_url: RETURN,
          configuration: configuration.id,
          ...more,
        });
        return VisitedPage.open(session.url);
      },
    };
  }

  it('shows plan, cards, billing information and invoices with their links', async () => {
    const { open, subscription } = await customerWith();
    const page = await open();
    expect(page.title).toBe('Your plan at Example');
    expect(page.text).toContain('Sandbox: no real money');
    expect(page.text).toMatch(
      /Plan 2900 \$29\.00 per month active It renews on \w+ \d+, \d{4}\. Paid with Visa •••• 4242/,
    );
    expect(page.text).toMatch(/Visa •••• 4242, expires \d\d\/\d{4} Default/);
    expect(page.text).toContain('Ada Lovelace ada@example.com');
    expect(page.link('Return to the site')).toBe(RETURN);
    const invoice = await billing.latestInvoice(subscription);
    expect(page.text).toContain(`${invoice.number} paid $29.00`);
    expect(page.markup).toContain(new URL(invoice.hosted_invoice_url ?? '').pathname);
  });

  it('cancelling sets cancel_at and not cancel_at_period_end; it can be taken back', async () => {
    const { open, subscription, current } = await customerWith();
    const question = await (await open()).follow('Cancel plan');
    expect(question.text).toContain('Plan 2900 will be canceled. It stays available until');
    const types = await billing.emitted(async () => {
      const back = await question.submit('Cancel plan', { 'It’s too expensive': 'on' });
      expect(back.text).toMatch(/canceling It will be canceled on/);
    });
    expect(types).toEqual(['customer.subscription.updated']);
    expect(await current()).toMatchObject({
      status: 'active',
      cancel_at: subscription.items.data[0]?.current_period_end,
      cancel_at_period_end: false,
      cancellation_details: { reason: 'cancellation_requested', feedback: 'too_expensive', comment: null },
    });
    const again = await question.submit('Cancel plan');
    const renewed = await again.submit('Don’t cancel plan');
    expect(renewed.text).toContain('It renews on');
    expect(await current()).toMatchObject({ cancel_at: null, cancel_at_period_end: false, canceled_at: null });
  });

  it('a cancellation that somebody set for the period end is taken back as well', async () => {
    const { open, subscription, current } = await customerWith();
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    await (await open()).submit('Don’t cancel plan');
    expect(await current()).toMatchObject({ cancel_at: null, cancel_at_period_end: false });
  });

  it('cancels at once when the configuration says so', async () => {
    const { open, current } = await customerWith();
    const immediately = await stripe.billingPortal.configurations.create({
      features: { subscription_cancel: { enabled: true, mode: 'immediately' } },
    });
    const page = await open({ configuration: immediately.id });
    expect(page.text).not.toMatch(/Payment methods|Billing information|Invoice history|Update plan/);
    const done = await (await page.follow('Cancel plan')).submit('Cancel plan');
    expect(done.text).toContain('There is no plan at the moment.');
    expect((await current()).status).toBe('canceled');
  });

  describe('changing the plan', () => {
    const toLarge = 'Plan 7900, $79.00 per month';

    it('shows what is due and changes it, invoiced at once', async () => {
      const { open, subscription, current } = await customerWith();
      const choice = await (await open()).follow('Update plan');
      expect(choice.text).toContain('Plan 2900, $29.00 per month (current)');
      const confirm = await choice.submit('Continue', { [toLarge]: 'on' });
      expect(confirm.text).toContain('Plan 7900 $79.00 per month');
      expect(confirm.text).toMatch(/Due today \$\d+\.\d\d/);
      const due = /Due today (\$\d+\.\d\d)/.exec(confirm.text)?.[1];
      const [first, second] = await Promise.all([confirm.submit('Confirm'), confirm.submit('Confirm')]);
      expect(first.text).toContain('Plan 7900');
      expect(second.title).toBe(first.title);
      expect((await current()).items.data[0]?.price.id).toBe(large.id);
      const { data } = await stripe.invoices.list({ subscription: subscription.id });
      expect(data.map(({ billing_reason }) => billing_reason)).toEqual(['subscription_update', 'subscription_create']);
      expect(first.text).toContain(due);
    });

    it('changes the quantity within what the configuration offers', async () => {
      const { open, current } = await customerWith();
      const choice = await (await open()).follow('Update plan');
      for (const Quantity of ['6', '0', '-1', '1.5', 'many']) {
        const refused = await choice.submit('Continue', { Quantity });
        expect(refused).toMatchObject({ alert: 'This quantity is not offered.', invalidFields: ['Quantity'] });
      }
      await (await choice.submit('Continue', { Quantity: '3' })).submit('Confirm');
      expect((await current()).items.data[0]).toMatchObject({ quantity: 3, price: { id: small.id } });
    });

    it('a declined card changes nothing and is said', async () => {
      const { open, current } = await customerWith('pm_card_chargeCustomerFail', { trial_period_days: 30 });
      const choice = await (await open()).follow('Update plan');
      const refused = await (await choice.submit('Continue', { [toLarge]: 'on' })).submit('Confirm');
      expect(refused).toMatchObject({ status: 402, alert: 'Your card was declined.', title: 'Confirm your change' });
      expect(refused.text).toContain('Plan 7900');
      expect(await current()).toMatchObject({
        status: 'trialing',
        pending_update: null,
        items: { data: [{ price: { id: small.id } }] },
      });
    });

    it('without a card to charge nothing changes and a card is asked for', async () => {
      const customer = await billing.customer(undefined, { email: 'none@example.com' });
      const subscription = await stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: small.id }],
        trial_period_days: 30,
      });
      const session = await stripe.billingPortal.sessions.create({
        customer: customer.id,
        configuration: configuration.id,
      });
      const choice = await (await VisitedPage.open(session.url)).follow('Update plan');
      const refused = await (await choice.submit('Continue', { [toLarge]: 'on' })).submit('Confirm');
      expect(refused.alert).toContain('there is no card to charge');
      const after = await stripe.subscriptions.retrieve(subscription.id);
      expect(after).toMatchObject({ pending_update: null, items: { data: [{ price: { id: small.id } }] } });
    });

    it.each([
      ['Complete', '7900'],
      ['Fail', '2900'],
    ])('3-D Secure: %s leads back to the portal with plan %s', async (button, plan) => {
      const { open, subscription, current } = await customerWith('pm_card_visa');
      const method = await stripe.paymentMethods.attach('pm_card_authenticationRequired', {
        customer: subscription.customer as string,
      });
      await stripe.subscriptions.update(subscription.id, { default_payment_method: method.id });
      const confirm = await (await (await open()).follow('Update plan')).submit('Continue', { [toLarge]: 'on' });
      const step = await confirm.submit('Confirm');
      expect(step.title).toBe('3-D Secure');
      const back = await step.submit(button);
      expect(back.title).toBe('Your plan at Example');
      expect(back.text).toContain(`Plan ${plan}`);
      expect((await current()).items.data[0]?.price.unit_amount).toBe(Number(plan));
      if (button === 'Fail') expect(back.text).toContain('A change waits for its payment. Pay the invoice');
    });

    it('offers nothing that the configuration does not list', async () => {
      const { open, subscription, current } = await customerWith();
      const other = await billing.price(100);
      const choice = await (await open()).follow('Update plan');
      expect(choice.text).not.toContain('Plan 100');
      const page = await VisitedPage.open(`${choice.url.replace(/update$/, 'confirm')}?price=${other.id}`);
      expect(page).toMatchObject({ status: 400, title: 'Please choose one of the plans.' });
      await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
      expect((await open()).text).not.toContain('Update plan');
      expect((await choice.submit('Continue', { [toLarge]: 'on' })).status).toBe(400);
      expect((await current()).items.data[0]?.price.id).toBe(small.id);
    });
  });

  describe('payment methods', () => {
    it('a new card becomes the default, also of the subscription; sent twice it is saved once', async () => {
      const { open, owner, subscription, current, customer } = await customerWith();
      await stripe.subscriptions.update(subscription.id, {
        default_payment_method: (await owner()).invoice_settings.default_payment_method as string,
      });
      const form = await (await open()).follow('Add payment method');
      const refused = await form.submit('Save card', typedCard('4000000000000002'));
      expect(refused).toMatchObject({ status: 402, alert: 'Your card was declined.' });
      const types = await billing.emitted(async () => {
        await Promise.all([
          refused.submit('Save card', typedCard('5555 5555 5555 4444')),
          refused.submit('Save card', typedCard('5555 5555 5555 4444')),
        ]);
      });
      expect(types).toEqual([
        'payment_method.attached',
        'setup_intent.succeeded',
        'customer.updated',
        'customer.subscription.updated',
      ]);
      const { data } = await stripe.customers.listPaymentMethods(customer.id);
      expect(data.map((method) => method.card?.last4)).toEqual(['4444', '4242']);
      expect((await owner()).invoice_settings.default_payment_method).toBe(data[0]?.id);
      expect((await current()).default_payment_method).toBe(data[0]?.id);
    });

    it('3-D Secure comes first where the card asks for it', async () => {
      const { open, owner, customer } = await customerWith();
      const form = await (await open()).follow('Add payment method');
      const failed = await (await form.submit('Save card', typedCard('4000002500003155'))).submit('Fail');
      expect(failed.alert).toMatch(/^We are unable to authenticate/);
      const step = await failed.submit('Save card', typedCard('4000002500003155'));
      const back = await step.submit('Complete');
      expect(back.text).toMatch(/Visa •••• 3155, expires 12\/2034 Default/);
      const { data } = await stripe.customers.listPaymentMethods(customer.id);
      expect((await owner()).invoice_settings.default_payment_method).toBe(data[0]?.id);
    });

    it('another card is made the default, and the old one removed', async () => {
      const { open, owner, customer } = await customerWith();
      const second = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id });
      const page = await open();
      const changed = await page.submit('Make default', {}, '4444');
      expect((await owner()).invoice_settings.default_payment_method).toBe(second.id);
      const removed = await changed.submit('Remove', {}, '4242');
      expect(removed.text).not.toContain('•••• 4242, expires');
      const { data } = await stripe.customers.listPaymentMethods(customer.id);
      expect(data.map(({ id }) => id)).toEqual([second.id]);
      const refused = await page.submit('Remove', {}, '4444');
      expect(refused.status).toBe(200);
      expect((await owner()).invoice_settings.default_payment_method).toBe(second.id);
    });
  });

  it('billing information is changed as far as the configuration allows', async () => {
    const { open, owner } = await customerWith();
    const form = await (await open()).follow('Update information');
    expect(form.text).not.toContain('Phone');
    const refused = await form.submit('Save', { Email: 'nobody', City: 'London' });
    expect(refused).toMatchObject({ alert: 'Invalid email address: nobody', invalidFields: ['Email'] });
    expect(refused.markup).toContain('value="London"');
    const types = await billing.emitted(async () => {
      const back = await refused.submit('Save', {
        Name: 'Ada King',
        Email: 'king@example.com',
        'Country (two letters)': 'gb',
      });
      expect(back.text).toContain('Ada King king@example.com London GB');
    });
    expect(types).toEqual(['customer.updated']);
    expect(await owner()).toMatchObject({
      name: 'Ada King',
      email: 'king@example.com',
      address: { city: 'London', country: 'GB', line1: null },
    });
  });

  describe('flows lead straight to one thing', () => {
    it('cancelling, then the address that the flow names', async () => {
      const { open, subscription, current } = await customerWith();
      const page = await open({
        flow_data: {
          type: 'subscription_cancel',
          subscription_cancel: { subscription: subscription.id },
          after_completion: { type: 'redirect', redirect: { return_url: 'https://shop.example/gone' } },
        },
      });
      expect(page.title).toBe('Cancel your plan');
      expect(page.link('Back')).toBe(RETURN);
      expect((await page.submit('Cancel plan')).url).toBe('https://shop.example/gone');
      expect((await current()).cancel_at).not.toBeNull();
      expect((await VisitedPage.open(page.url)).title).toBe('Your plan at Example');
    });

    it('a new card, then a word of confirmation', async () => {
      const { open } = await customerWith();
      const page = await open({
        flow_data: {
          type: 'payment_method_update',
          after_completion: { type: 'hosted_confirmation', hosted_confirmation: { custom_message: 'Thank you!' } },
        },
      });
      const done = await page.submit('Save card', typedCard(GOOD));
      expect(done).toMatchObject({ title: 'Done', status: 200 });
      expect(done.text).toContain('Thank you!');
    });

    it('one certain change, then the first page', async () => {
      const { open, subscription, current } = await customerWith();
      const page = await open({
        flow_data: {
          type: 'subscription_update_confirm',
          subscription_update_confirm: {
            subscription: subscription.id,
            items: [{ id: subscription.items.data[0]?.id ?? '', price: large.id, quantity: 2 }],
          },
        },
      });
      expect(page.text).toContain('Plan 7900 × 2 $158.00 per month');
      expect((await page.submit('Confirm')).title).toBe('Your plan at Example');
      expect((await current()).items.data[0]).toMatchObject({ quantity: 2, price: { id: large.id } });
    });

    it.each([
      ['customer_update', 'Billing information'],
      ['subscription_update', 'Update your plan'],
    ] as const)('%s', async (type, title) => {
      const { open, subscription } = await customerWith();
      const target = type === 'subscription_update' ? { subscription_update: { subscription: subscription.id } } : {};
      expect((await open({ flow_data: { type, ...target } })).title).toBe(title);
    });
  });

  it('a session shows nothing of another customer', async () => {
    const mine = await customerWith();
    const theirs = await customerWith();
    const page = await mine.open();
    for (const path of ['cancel', 'update', 'confirm', 'updated']) {
      const foreign = await VisitedPage.open(`${page.url}/subscriptions/${theirs.subscription.id}/${path}`);
      expect(foreign).toMatchObject({ status: 404, title: 'There is no such page' });
    }
    expect((await theirs.current()).cancel_at).toBeNull();
  });

  it('an unopened link ends after five minutes, a used one an hour after its last use', async () => {
    const { customer, open } = await customerWith();
    const unopened = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: RETURN });
    const used = await open();
    await billing.advance({ seconds: 6 * 60 });
    const ended = await VisitedPage.open(unopened.url);
    expect(ended).toMatchObject({ status: 410, title: 'This link has expired', forms: [] });
    expect(ended.link('Back')).toBe(RETURN);
    expect((await VisitedPage.open(used.url)).status).toBe(200);
    await billing.advance({ seconds: 59 * 60 });
    expect((await VisitedPage.open(used.url)).status).toBe(200);
    await billing.advance({ seconds: DAY });
    expect((await VisitedPage.open(used.url)).status).toBe(410);
  });
});

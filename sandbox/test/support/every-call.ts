import type Stripe from 'stripe';

/** Makes, with success, the calls of the API that no story makes by itself: what each answers is for the caller to see. */
export class EveryCall {
  constructor(
    private readonly stripe: Stripe,
    private readonly url: string,
  ) {}

  async make(): Promise<void> {
    await this.catalogue();
    await this.webhooksAndEvents();
    await this.customers();
    await this.cards();
    await this.intents();
    await this.charges();
    await this.invoices();
    await this.creditNotes();
    await this.subscriptions();
    await this.schedules();
    await this.checkout();
    await this.meters();
    await this.entitlements();
    await this.testClocks();
  }

  /** A customer with a card that pays by itself. */
  private async payer(): Promise<Stripe.Customer> {
    const { customers, paymentMethods } = this.stripe;
    const customer = await customers.create({ email: 'payer@example.com', name: 'Payer' });
    const { id } = await paymentMethods.attach('pm_card_visa', { customer: customer.id });
    return customers.update(customer.id, { invoice_settings: { default_payment_method: id } });
  }

  private price(amount: number, interval?: 'month' | 'year'): Promise<Stripe.Price> {
    return this.stripe.prices.create({
      currency: 'usd',
      unit_amount: amount,
      product_data: { name: `Costs ${amount}` },
      ...(interval === undefined ? {} : { recurring: { interval } }),
    });
  }

  private async webhooksAndEvents(): Promise<void> {
    const { webhookEndpoints, events } = this.stripe;
    const made = await webhookEndpoints.create({ url: `${this.url}/none`, enabled_events: ['price.updated'] });
    await webhookEndpoints.update(made.id, { disabled: true, metadata: { a: 'b' } });
    await webhookEndpoints.retrieve(made.id);
    await webhookEndpoints.list();
    await webhookEndpoints.del(made.id);
    const [event] = (await events.list({ limit: 1 })).data;
    await events.retrieve(event?.id ?? '');
  }

  private async entitlements(): Promise<void> {
    const { entitlements, products, subscriptions } = this.stripe;
    const { features, activeEntitlements } = entitlements;
    const made = await features.create({ lookup_key: 'reports', name: 'Reports' });
    await features.update(made.id, { name: 'All reports', metadata: { a: 'b' } });
    await features.retrieve(made.id);
    await features.list({ lookup_key: 'reports' });
    const { id } = await this.price(900, 'month');
    const product = (await this.stripe.prices.retrieve(id)).product as string;
    const attached = await products.createFeature(product, { entitlement_feature: made.id });
    await products.retrieveFeature(product, attached.id);
    await products.listFeatures(product);
    const customer = (await this.payer()).id;
    await subscriptions.create({ customer, items: [{ price: id }] });
    const [had] = (await activeEntitlements.list({ customer, expand: ['data.feature'] })).data;
    await activeEntitlements.retrieve(had?.id ?? '');
    await products.deleteFeature(product, attached.id);
  }

  private async catalogue(): Promise<void> {
    const { coupons, plans, prices, products, promotionCodes } = this.stripe;
    const product = await products.create({ name: 'Short-lived' });
    await products.update(product.id, { description: 'x', marketing_features: [{ name: 'fast' }] });
    await products.retrieve(product.id);
    await products.list();
    await products.del(product.id);
    const price = await this.price(100, 'month');
    await prices.update(price.id, { nickname: 'x' });
    await prices.retrieve(price.id, { expand: ['product', 'tiers', 'currency_options'] });
    await prices.list({ limit: 3 });
    const plan = await plans.create({ currency: 'usd', interval: 'month', amount: 500, product: { name: 'Old' } });
    await plans.update(plan.id, { nickname: 'x' });
    await plans.retrieve(plan.id, { expand: ['product'] });
    await plans.list();
    await plans.del(plan.id);
    const coupon = await coupons.create({ amount_off: 500, currency: 'usd', duration: 'forever' });
    await coupons.update(coupon.id, { name: 'x' });
    await coupons.retrieve(coupon.id, { expand: ['applies_to', 'currency_options'] });
    await coupons.list();
    const code = await promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id } });
    await promotionCodes.update(code.id, { metadata: { a: 'b' } });
    await promotionCodes.retrieve(code.id, { expand: ['promotion.coupon'] });
    await promotionCodes.list();
    await coupons.del(coupon.id);
  }

  private async customers(): Promise<void> {
    const { customers } = this.stripe;
    const { id } = await this.payer();
    const change = await customers.createBalanceTransaction(id, { amount: -500, currency: 'usd' });
    await customers.updateBalanceTransaction(id, change.id, { description: 'x' });
    await customers.retrieveBalanceTransaction(id, change.id);
    await customers.listBalanceTransactions(id);
    await customers.retrieve(id, { expand: ['subscriptions', 'sources', 'tax_ids'] });
    await customers.list({ limit: 100 });
    const coupon = await this.stripe.coupons.create({ percent_off: 10, duration: 'forever' });
    await this.withoutVersion(`/v1/customers/${id}`, { coupon: coupon.id });
    await customers.retrieve(id, { expand: ['discount.source.coupon'] });
    await customers.deleteDiscount(id);
    await customers.del(id);
    await customers.retrieve(id);
  }

  /** A call as Stripe's command-line program makes it: without a version, with a parameter of an earlier one. */
  private async withoutVersion(path: string, sent: Record<string, string>): Promise<void> {
    const headers = { authorization: 'Bearer sk_test_1' };
    const response = await fetch(this.url + path, { method: 'POST', headers, body: new URLSearchParams(sent) });
    if (!response.ok) throw new Error(await response.text());
  }

  private async cards(): Promise<void> {
    const { customers, paymentMethods } = this.stripe;
    const { id } = await customers.create({ source: 'tok_visa' });
    const card = await customers.createSource(id, { source: 'tok_mastercard' });
    await customers.updateSource(id, card.id, { name: 'x', metadata: { a: 'b' } });
    await customers.retrieveSource(id, card.id);
    await customers.listSources(id);
    await customers.deleteSource(id, card.id);
    const made = await paymentMethods.create({ type: 'card', card: { token: 'tok_amex' } });
    await paymentMethods.attach(made.id, { customer: id });
    await paymentMethods.update(made.id, { billing_details: { name: 'x' } });
    await paymentMethods.retrieve(made.id, { expand: ['customer'] });
    await paymentMethods.list({ customer: id });
    await customers.listPaymentMethods(id);
    await customers.retrievePaymentMethod(id, made.id);
    await paymentMethods.detach(made.id);
  }

  private async intents(): Promise<void> {
    const { paymentIntents, setupIntents } = this.stripe;
    const customer = (await this.payer()).id;
    const intent = await paymentIntents.create({ amount: 700, currency: 'usd', customer, capture_method: 'manual' });
    await paymentIntents.update(intent.id, {
      description: 'x',
      shipping: { name: 'x', address: { line1: 'x', country: 'DE' } },
    });
    await paymentIntents.retrieve(intent.id, { expand: ['customer'] });
    await paymentIntents.list({ customer, expand: ['data.latest_charge'] });
    await paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa', return_url: this.url });
    await paymentIntents.capture(intent.id, { amount_to_capture: 500 });
    const setup = await setupIntents.create({ customer });
    await setupIntents.update(setup.id, { description: 'x' });
    await setupIntents.confirm(setup.id, { payment_method: 'pm_card_authenticationRequired', return_url: this.url });
    await setupIntents.retrieve(setup.id, { expand: ['customer', 'payment_method'] });
    await setupIntents.list({ customer });
    await setupIntents.cancel(setup.id);
  }

  private pay(card: string): Promise<Stripe.PaymentIntent> {
    return this.stripe.paymentIntents.create({ amount: 900, currency: 'usd', payment_method: card, confirm: true });
  }

  private async charges(): Promise<void> {
    const { charges, disputes, refunds } = this.stripe;
    const charge = (await this.pay('pm_card_visa')).latest_charge as string;
    await charges.update(charge, { description: 'x' });
    await charges.retrieve(charge, { expand: ['refunds', 'payment_intent'] });
    await charges.list({ limit: 100 });
    const refund = await refunds.create({ charge, amount: 10 });
    await refunds.update(refund.id, { metadata: { a: 'b' } });
    await refunds.retrieve(refund.id, { expand: ['charge', 'payment_intent'] });
    await refunds.list({ charge });
    const disputed = await this.pay('pm_card_createDisputeInquiry');
    await this.control('advance', { seconds: 1 });
    const [dispute] = (await disputes.list({ payment_intent: disputed.id })).data;
    await disputes.update(dispute?.id ?? '', { evidence: { customer_name: 'x' }, submit: false });
    await disputes.retrieve(dispute?.id ?? '', { expand: ['charge', 'payment_intent'] });
    await disputes.close(dispute?.id ?? '');
  }

  private async control(path: string, body: object): Promise<void> {
    const response = await fetch(`${this.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
  }

  /** A draft of one line. */
  private async draft(extra: Partial<Stripe.InvoiceCreateParams> = {}): Promise<string> {
    const customer = (await this.payer()).id;
    await this.stripe.invoiceItems.create({ customer, amount: 2_000, currency: 'usd', description: 'Work' });
    const { id } = await this.stripe.invoices.create({
      customer,
      pending_invoice_items_behavior: 'include',
      ...extra,
    });
    return id ?? '';
  }

  private async invoices(): Promise<void> {
    const { invoiceItems, invoicePayments, invoices } = this.stripe;
    const customer = (await this.payer()).id;
    const item = await invoiceItems.create({ customer, amount: 300, currency: 'usd' });
    await invoiceItems.update(item.id, { description: 'x' });
    await invoiceItems.retrieve(item.id, { expand: ['customer'] });
    await invoiceItems.list({ customer });
    await invoiceItems.del(item.id);
    const discarded = await this.draft();
    await invoices.update(discarded, { description: 'x', metadata: { a: 'b' } });
    await invoices.listLineItems(discarded);
    await invoices.del(discarded);
    const sent = await this.draft({ collection_method: 'send_invoice', days_until_due: 7 });
    await invoices.sendInvoice(sent);
    await invoices.markUncollectible(sent);
    await invoices.voidInvoice(sent);
    const paid = await this.draft();
    await invoices.pay(paid);
    await invoices.retrieve(paid, { expand: ['payments', 'confirmation_secret', 'customer'] });
    await invoices.list({ limit: 100 });
    const [payment] = (await invoicePayments.list({ invoice: paid })).data;
    await invoicePayments.retrieve(payment?.id ?? '', { expand: ['invoice', 'payment.payment_intent'] });
    const { id: price } = await this.price(1_500, 'month');
    await invoices.createPreview({ customer, subscription_details: { items: [{ price }] } });
  }

  private async creditNotes(): Promise<void> {
    const { creditNotes, invoices } = this.stripe;
    const invoice = await this.draft();
    await invoices.finalizeInvoice(invoice);
    const wanted = { invoice, amount: 500 };
    await creditNotes.preview(wanted);
    await creditNotes.listPreviewLineItems(wanted);
    const note = await creditNotes.create(wanted);
    await creditNotes.update(note.id, { memo: 'x' });
    await creditNotes.retrieve(note.id, { expand: ['invoice', 'customer'] });
    await creditNotes.listLineItems(note.id);
    await creditNotes.list({ invoice });
    await creditNotes.voidCreditNote(note.id);
  }

  private async subscriptions(): Promise<void> {
    const { coupons, subscriptions } = this.stripe;
    const { id: price } = await this.price(1_900, 'month');
    const customer = (await this.payer()).id;
    const coupon = await coupons.create({ percent_off: 50, duration: 'forever' });
    const { id } = await subscriptions.create({ customer, items: [{ price }], discounts: [{ coupon: coupon.id }] });
    await subscriptions.retrieve(id, {
      expand: [
        'latest_invoice.payments',
        'customer',
        'default_payment_method',
        'discounts',
        'items.data.price.product',
      ],
    });
    await subscriptions.list({ customer, status: 'all', expand: ['data.latest_invoice'] });
    await subscriptions.deleteDiscount(id);
    await subscriptions.pause(id, { type: 'subscription' });
    await subscriptions.resume(id, { billing_cycle_anchor: { type: 'now' } });
  }

  private async schedules(): Promise<void> {
    const { subscriptionSchedules, subscriptions } = this.stripe;
    const { id: price } = await this.price(2_900, 'month');
    const customer = (await this.payer()).id;
    const phases = [{ items: [{ price }], duration: { interval: 'month' as const, interval_count: 2 } }];
    const later = Math.floor(Date.now() / 1_000) + 400 * 86_400;
    const future = await subscriptionSchedules.create({ customer, start_date: later, phases });
    await subscriptionSchedules.update(future.id, { metadata: { a: 'b' } });
    await subscriptionSchedules.retrieve(future.id, { expand: ['customer', 'phases.items.price'] });
    await subscriptionSchedules.list({ customer });
    await subscriptionSchedules.cancel(future.id);
    const subscription = await subscriptions.create({ customer, items: [{ price }] });
    const running = await subscriptionSchedules.create({ from_subscription: subscription.id });
    await subscriptionSchedules.release(running.id);
  }

  private async checkout(): Promise<void> {
    const { sessions } = this.stripe.checkout;
    const { id: price } = await this.price(1_500);
    const open = () =>
      sessions.create({ mode: 'payment', success_url: `${this.url}/done`, line_items: [{ price, quantity: 2 }] });
    const session = await open();
    await sessions.update(session.id, { metadata: { a: 'b' } });
    await sessions.listLineItems(session.id);
    const page = `/v1/payment_pages/${session.id}`;
    await this.stripe.rawRequest('GET', page);
    const card = await this.stripe.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_visa' },
      billing_details: { email: 'payer@example.com', name: 'Payer' },
    });
    await this.stripe.rawRequest('POST', `${page}/confirm`, { payment_method: card.id, expected_amount: 3_000 });
    await sessions.retrieve(session.id, { expand: ['line_items', 'payment_intent', 'customer'] });
    await sessions.expire((await open()).id);
    await sessions.list({ limit: 100 });
  }

  private async meters(): Promise<void> {
    const { meterEvents, meterEventAdjustments, meters } = this.stripe.billing;
    const customer = (await this.payer()).id;
    const event_name = 'probes';
    const meter = await meters.create({
      display_name: 'Probes',
      event_name,
      default_aggregation: { formula: 'sum' },
    });
    await meters.update(meter.id, { display_name: 'All probes' });
    await meters.retrieve(meter.id);
    await meters.list();
    const payload = { stripe_customer_id: customer, value: '7' };
    const { timestamp } = await meterEvents.create({ event_name, identifier: 'probe', payload });
    const start = timestamp - (timestamp % 60);
    await meters.listEventSummaries(meter.id, { customer, start_time: start, end_time: start + 60 });
    await meterEventAdjustments.create({ event_name, type: 'cancel', cancel: { identifier: 'probe' } });
    await meters.deactivate(meter.id);
    await meters.reactivate(meter.id);
  }

  private async testClocks(): Promise<void> {
    const { testClocks } = this.stripe.testHelpers;
    const clock = await testClocks.create({ frozen_time: 1_700_000_000, name: 'x' });
    await this.stripe.customers.create({ test_clock: clock.id });
    await testClocks.advance(clock.id, { frozen_time: 1_700_086_400 });
    for (;;) {
      const { status } = await testClocks.retrieve(clock.id);
      if (status === 'ready') break;
    }
    await testClocks.list();
    await testClocks.del(clock.id);
  }
}

import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../../src/sandbox.js';

/** A sandbox in memory with the official SDK and what the specs of its billing need again and again. */
export class BillingSandbox {
  private constructor(
    readonly sandbox: Sandbox,
    readonly stripe: Stripe,
    /** What the sandbox reported as its own failures: must stay empty. */
    readonly failures: readonly string[],
  ) {}

  static async start(): Promise<BillingSandbox> {
    const failures: string[] = [];
    const sandbox = await createSandbox({
      log: (message, error) => failures.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`),
    });
    const stripe = new Stripe('sk_test_billing', {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
    });
    return new BillingSandbox(sandbox, stripe, failures);
  }

  /** The simulated time, in seconds since 1970. */
  async now(): Promise<number> {
    const response = await fetch(`${this.sandbox.url}/_sandbox/state`);
    return ((await response.json()) as { now: number }).now;
  }

  /** Advances the whole sandbox to a moment, or by `seconds`. */
  async advance(to: { readonly to: number } | { readonly seconds: number }): Promise<void> {
    const response = await fetch(`${this.sandbox.url}/_sandbox/advance`, { method: 'POST', body: JSON.stringify(to) });
    const answer = (await response.json()) as { failed?: number; error?: string };
    if (answer.failed !== 0) throw new Error(`advance: ${JSON.stringify(answer)} ${this.failures.join('\n')}`);
  }

  /** Waits until a test clock has stopped advancing, and returns it. */
  async clockReady(id: string): Promise<Stripe.TestHelpers.TestClock> {
    for (;;) {
      const clock = await this.stripe.testHelpers.testClocks.retrieve(id);
      if (clock.status !== 'advancing') return clock;
    }
  }

  /** A customer, with a test card as the default payment method when one is named. */
  async customer(card?: string, params: Stripe.CustomerCreateParams = {}): Promise<Stripe.Customer> {
    const customer = await this.stripe.customers.create(params);
    if (card === undefined) return customer;
    const method = await this.stripe.paymentMethods.attach(card, { customer: customer.id });
    return this.stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  }

  /** A recurring price of a product of its own; `amount` in minor units. */
  price(
    amount: number,
    interval: Stripe.PriceCreateParams.Recurring.Interval = 'month',
    params: Partial<Stripe.PriceCreateParams> = {},
  ): Promise<Stripe.Price> {
    return this.stripe.prices.create({
      currency: 'usd',
      unit_amount: amount,
      recurring: { interval },
      product_data: { name: `Plan ${amount}` },
      ...params,
    });
  }

  /** The latest invoice of a subscription, with its payments and its confirmation secret. */
  async latestInvoice(subscription: Stripe.Subscription): Promise<Stripe.Invoice> {
    const current = await this.stripe.subscriptions.retrieve(subscription.id, {
      expand: ['latest_invoice.payments', 'latest_invoice.confirmation_secret'],
    });
    if (current.latest_invoice === null || typeof current.latest_invoice === 'string') throw new Error('no invoice');
    return current.latest_invoice;
  }

  /** The payment intent that collects an invoice. */
  async paymentIntentOf(invoice: Stripe.Invoice): Promise<Stripe.PaymentIntent> {
    const payments = await this.stripe.invoicePayments.list({
      invoice: invoice.id,
      expand: ['data.payment.payment_intent'],
    });
    const intent = payments.data[0]?.payment.payment_intent;
    if (intent === undefined || typeof intent === 'string') throw new Error('no payment intent');
    return intent;
  }

  /** Passes, or fails, the 3-D Secure step that a payment or setup intent waits for. */
  async completeAuthentication(intent: string, outcome: 'succeed' | 'fail' = 'succeed'): Promise<void> {
    const response = await fetch(`${this.sandbox.url}/_sandbox/three_d_secure`, {
      method: 'POST',
      body: JSON.stringify({ intent, outcome }),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** Completes a Checkout session as its page does; throws the message and the code of a refusal. */
  async completeCheckout(session: string, details: Record<string, string> = {}): Promise<void> {
    const response = await fetch(`${this.sandbox.url}/_sandbox/checkout/complete`, {
      method: 'POST',
      body: JSON.stringify({ session, ...details }),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** The types of what a piece of work emits, oldest first. */
  async emitted(work: () => Promise<unknown>): Promise<string[]> {
    const before = (await this.stripe.events.list({ limit: 1 })).data[0]?.id;
    await work();
    const types: string[] = [];
    for await (const event of this.stripe.events.list({ limit: 100 })) {
      if (event.id === before) break;
      types.push(event.type);
    }
    return types.reverse();
  }

  /** What the API refuses a call with. */
  async refusal(call: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
    try {
      await call;
    } catch (error) {
      if (error instanceof Stripe.errors.StripeError) return error;
      throw error;
    }
    throw new Error('the call was not refused');
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }
}

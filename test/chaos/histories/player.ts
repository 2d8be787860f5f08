import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { type Response } from 'supertest';
import { idOf } from '../../../src/stripe/values.js';
import { Caller } from '../../support/caller.js';
import { type TestedService } from '../../support/test-app.js';
import { type ApiStep, type History, type Step, type StripeStep } from './history.js';
import { type PassTime } from './time.js';

const DAY = 86_400;

/** Plays the life of one customer, through our API and beside it. */
export class Player {
  /** What must never happen: an answer of ours above 499, an error of the sandbox that Stripe would not answer. */
  readonly failures: string[] = [];

  private constructor(
    private readonly app: TestedService,
    readonly caller: Caller,
    private readonly passTime: PassTime,
  ) {}

  static async create(app: TestedService, passTime: PassTime): Promise<Player> {
    return new Player(app, await Caller.create(app), passTime);
  }

  async play(history: History): Promise<void> {
    for (const moment of history) {
      const results = await Promise.allSettled(moment.map((step) => this.take(step)));
      for (const result of results) if (result.status === 'rejected') this.failures.push(textOf(result.reason));
    }
  }

  /** The customer's id at Stripe; null before there is one. */
  async stripeCustomerId(): Promise<string | null> {
    const [row] = await this.app.dataSource.query<{ id: string | null }[]>(
      `select c.stripe_customer_id as id from customers c join users u on u.id = c.user_id where u.external_id = $1`,
      [this.caller.sub],
    );
    return row?.id ?? null;
  }

  private async take(step: Step): Promise<void> {
    if (step.do === 'pass time') await this.passTime(step.seconds);
    else if (isApiStep(step)) await this.ask(step);
    else await this.actAtStripe(step);
  }

  private async ask(step: ApiStep): Promise<void> {
    for (const answer of await this.answersTo(step)) {
      if (answer !== null && answer.status > 499)
        this.failures.push(`${step.do}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }

  private async answersTo(step: ApiStep): Promise<(Response | null)[]> {
    switch (step.do) {
      case 'subscribe':
        return this.subscribe(step);
      case 'check out':
        return [await this.checkOut(step)];
      case 'change plan':
        return [await this.changePlan(step)];
      case 'cancel':
        return [await this.onSubscription((id) => this.caller.post(`/subscription/${id}/cancel`, cancelBody(step)))];
      case 'reactivate':
        return [await this.onSubscription((id) => this.caller.post(`/subscription/${id}/reactivate`))];
      case 'add card':
        return [
          await this.caller.post('/payment-methods', {
            payment_method_id: step.card,
            set_as_default: step.makeDefault,
          }),
        ];
      case 'remove card':
        return [await this.onCard((id) => this.caller.delete(`/payment-methods/${id}`))];
      case 'change default':
        return [await this.onCard((id) => this.caller.post(`/payment-methods/${id}/default`))];
      case 'rename':
        return [await this.caller.patch('/customer', { name: step.name })];
    }
  }

  private async subscribe(step: Extract<ApiStep, { do: 'subscribe' }>): Promise<Response[]> {
    const body = {
      tier: step.tier,
      interval: step.interval,
      ...(step.card === null ? {} : { payment_method_id: step.card }),
      ...(step.trialDays === null ? {} : { trial_days: step.trialDays }),
      ...(step.coupon === null ? {} : { coupon_code: step.coupon }),
    };
    const send = (key: string) => this.caller.post('/subscription', body).set('Idempotency-Key', key);
    const key = randomUUID();
    if (step.again === 'at once') return Promise.all([send(key), send(randomUUID())]);
    const first = await send(key);
    return step.again === 'same key' ? [first, await send(key)] : [first];
  }

  private async checkOut(step: Extract<ApiStep, { do: 'check out' }>): Promise<Response> {
    const { tier, interval } = step;
    const answer = await this.caller.post('/checkout', { tier, interval, ...(step.trial ? { trial_days: 7 } : {}) });
    const { id: session } = answer.body as { id: string };
    // Refused when the session was expired meanwhile.
    if (answer.status === 200 && step.complete)
      await this.app.control('checkout/complete', { session }).catch(() => undefined);
    return answer;
  }

  private changePlan(step: Extract<ApiStep, { do: 'change plan' }>): Promise<Response | null> {
    return this.onSubscription((id) =>
      this.caller.patch(`/subscription/${id}`, {
        tier: step.tier,
        interval: step.interval,
        ...(step.now ? { when: 'now' } : {}),
        ...(step.card === null ? {} : { payment_method_id: step.card }),
      }),
    );
  }

  private async onSubscription(call: (id: number) => PromiseLike<Response>): Promise<Response | null> {
    const current = await this.caller.get('/subscription');
    const id = (current.body as { id?: number } | null)?.id;
    return id === undefined ? null : call(id);
  }

  private async onCard(call: (id: number) => PromiseLike<Response>): Promise<Response | null> {
    const cards = await this.caller.get('/payment-methods');
    const id = (cards.body as { id: number }[]).at(-1)?.id;
    return id === undefined ? null : call(id);
  }

  /** What Stripe refuses, it refuses: somebody tried what was not possible then. */
  private async actAtStripe(step: StripeStep): Promise<void> {
    const customer = await this.stripeCustomerId();
    if (customer === null) return;
    try {
      await this.changeAtStripe(step, customer);
    } catch (error) {
      const refused = error instanceof Stripe.errors.StripeError && (error.statusCode ?? 500) < 500;
      if (!refused && !(error instanceof Error && error.message.startsWith('control three_d_secure'))) throw error;
    }
  }

  private async changeAtStripe(step: StripeStep, customer: string): Promise<unknown> {
    const { stripe } = this.app;
    switch (step.do) {
      case 'dashboard: edit customer':
        return stripe.customers.update(customer, { name: step.name, phone: '+1 555 0100' });
      case 'dashboard: delete customer':
        return stripe.customers.del(customer);
      case 'dashboard: second subscription':
        return stripe.subscriptions.create({
          customer,
          items: [{ price: this.app.prices[step.tier as 'starter'].month }],
        });
      case 'dashboard: refund':
        return this.refund(customer, step.part);
      case 'detach card': {
        const [method] = (await stripe.customers.listPaymentMethods(customer)).data;
        return method === undefined ? null : stripe.paymentMethods.detach(method.id);
      }
      case 'dashboard: void invoice':
      case 'pay invoice':
      case '3-D Secure': {
        const [invoice] = (await stripe.invoices.list({ customer, status: 'open' })).data;
        return invoice === undefined ? null : this.changeInvoice(step, invoice.id);
      }
      default: {
        const [subscription] = (await stripe.subscriptions.list({ customer })).data;
        return subscription === undefined ? null : this.changeSubscription(step, subscription);
      }
    }
  }

  private changeSubscription(step: StripeStep, { id, items }: Stripe.Subscription): Promise<unknown> {
    const { subscriptions } = this.app.stripe;
    switch (step.do) {
      case 'portal: cancel at': {
        const periodStart = items.data[0]?.current_period_start ?? 0;
        return subscriptions.update(id, { cancel_at: periodStart + step.days * DAY });
      }
      case 'portal: cancel at period end':
        return subscriptions.update(id, { cancel_at_period_end: step.on });
      case 'portal: keep':
        return subscriptions.update(id, { cancel_at: '' });
      case 'dashboard: cancel':
        return subscriptions.cancel(id);
      case 'dashboard: change plan': {
        const { prices } = this.app;
        const price = prices[step.tier as 'starter'][step.interval as 'month'];
        return subscriptions.update(id, { items: [{ id: items.data[0]?.id ?? '', price }] });
      }
      default:
        throw new Error(`no step on a subscription: ${step.do}`);
    }
  }

  private async changeInvoice(step: StripeStep, invoice: string): Promise<unknown> {
    const { stripe } = this.app;
    if (step.do === 'dashboard: void invoice') return stripe.invoices.voidInvoice(invoice);
    if (step.do === 'pay invoice') return stripe.invoices.pay(invoice);
    const [payment] = (await stripe.invoicePayments.list({ invoice })).data;
    const intent = idOf(payment?.payment.payment_intent);
    const outcome = step.do === '3-D Secure' && step.pass ? 'succeed' : 'fail';
    return intent === null ? null : this.app.control('three_d_secure', { intent, outcome });
  }

  private async refund(customer: string, part: number): Promise<unknown> {
    const { data } = await this.app.stripe.paymentIntents.list({ customer });
    const paid = data.find(({ status }) => status === 'succeeded');
    if (paid === undefined) return null;
    const amount = Math.max(1, Math.floor(paid.amount * part));
    return this.app.stripe.refunds.create({ payment_intent: paid.id, amount });
  }
}

const API_STEPS = new Set<Step['do']>([
  'subscribe',
  'check out',
  'change plan',
  'cancel',
  'reactivate',
  'add card',
  'remove card',
  'change default',
  'rename',
]);

function isApiStep(step: Step): step is ApiStep {
  return API_STEPS.has(step.do);
}

function cancelBody({ now }: { now: boolean }) {
  return { cancel_at_period_end: !now, reason: 'of the test' };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

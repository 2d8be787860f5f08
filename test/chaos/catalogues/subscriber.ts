import type Stripe from 'stripe';
import { expect } from '@jest/globals';
import { type Caller } from '../../support/caller.js';
import { type TestApp } from '../../support/test-app.js';
import {
  addOnAmount,
  addOnsFor,
  amountOf,
  carriedSeats,
  changed,
  type Contract,
  fewestSeats,
  goesWith,
  isUpgrade,
  planAmount,
  sellsBeside,
  type Wish,
} from './contract.js';
import { groupOf, isSamePeriod, majorOf, type Shop } from './shop.js';

/** A subscription as the API answers it, as far as it is looked at. */
interface Shown {
  id: number;
  status: string;
  current_period_end: string;
  scheduled_change: { at: string } | null;
}

const CARD = { payment_method_id: 'pm_card_visa' };

/** The subscription that somebody has of one group of plans, and what the catalogue says of it. */
export class Subscriber {
  /** What it was sold for. */
  readonly first: Contract;
  /** What waits for the end of the period; null: nothing. */
  next: Contract | null = null;
  isTrial = false;
  hasEnded = false;
  /** Seconds of Stripe's clock. */
  periodEnd = 0;
  private id = 0;
  private stripeId = '';
  private readonly known = new Set<string>();

  constructor(
    private readonly app: TestApp,
    private readonly shop: Shop,
    readonly caller: Caller,
    public contract: Contract,
  ) {
    this.first = contract;
  }

  get group(): string {
    return groupOf(this.contract.plan);
  }

  get path(): string {
    return `/subscription/${this.id}`;
  }

  /** Buys what was drawn, and is charged what the catalogue says, or nothing in a trial. */
  async buy(trialDays: number | null): Promise<void> {
    const { plan, price, quantity, addOns } = this.contract;
    this.isTrial = trialDays !== null;
    const { body } = await this.caller
      .post('/subscription', {
        ...CARD,
        ...periodOf(price),
        tier: plan.key,
        ...(plan.seats === null ? {} : { quantity }),
        ...(addOns.length === 0 ? {} : { add_ons: addOns.map(toWish) }),
        ...(trialDays === null ? {} : { trial_days: trialDays }),
      })
      .expect(201);
    const stripe = 'select stripe_subscription_id as id from subscriptions where id = $1';
    const [row] = await this.app.dataSource.query<[{ id: string }]>(stripe, [(body as Shown).id]);
    this.stripeId = row.id;
    this.id = (body as Shown).id;
    this.expectShown(body);
    const [invoice, ...more] = await this.newInvoices();
    expect(more).toEqual([]);
    expect(invoice).toMatchObject({
      billing_reason: 'subscription_create',
      status: 'paid',
      total: this.isTrial ? 0 : amountOf(this.contract, this.shop),
      currency: this.shop.currency,
    });
  }

  /** Somebody sold it in the Dashboard, at a price of before: it is of the plan all the same. */
  async bySale(priceId: string): Promise<void> {
    await this.caller.addCard('pm_card_visa');
    const customer = await this.caller.stripeCustomerId();
    const { id } = await this.app.stripe.subscriptions.create({ customer, items: [{ price: priceId }] });
    this.stripeId = id;
    await this.app.settle();
    const { body } = await this.caller.get(`/subscription?group=${this.group}`).expect(200);
    this.id = (body as Shown).id;
    this.expectShown(body);
    this.expectWhole(await this.newInvoices(), amountOf(this.contract, this.shop));
  }

  /** Changes the plan: up now, down and sideways at the end of the period. What does not fit is refused, and named anew. */
  async change(wanted: Pick<Wish, 'plan' | 'price'>): Promise<'now' | 'later'> {
    const wish = this.wishFor(wanted);
    const before = this.contract;
    const asked = { tier: wanted.plan.key, ...periodOf(wanted.price) };
    if (wish.quantity !== null) await this.expectRefusal(asked, 400, 'validation_failed');
    if (wish.addOns !== null) {
      const named = wish.quantity === null ? asked : { ...asked, quantity: wish.quantity };
      await this.expectRefusal(named, 409, 'add_on_does_not_fit');
    }
    const { body } = await this.caller
      .patch(this.path, {
        ...asked,
        ...(wish.quantity === null ? {} : { quantity: wish.quantity }),
        ...(wish.addOns === null ? {} : { add_ons: wish.addOns.map(toWish) }),
      })
      .expect(200);
    const after = changed(before, wish);
    const isNow = this.isTrial || isUpgrade(before, wish, this.shop);
    if (isNow) this.contract = after;
    this.next = isNow ? null : after;
    this.expectShown(body);
    await this.expectChangeInvoices(before, isNow);
    return isNow ? 'now' : 'later';
  }

  /** Time has passed: what waited has come, and each period that began was charged as the catalogue says. */
  async afterTime(): Promise<void> {
    const { body } = await this.caller.get(`/subscription?group=${this.group}`).expect(200);
    const { current_period_end: end } = body as Shown;
    if (Date.parse(end) / 1000 > this.periodEnd) {
      if (this.next !== null) this.contract = this.next;
      this.next = null;
    }
    this.isTrial = (body as Shown).status === 'trialing';
    this.expectShown(body);
    for (const invoice of await this.newInvoices()) {
      // A renewal of the last hour is a draft yet.
      expect(['paid', 'draft']).toContain(invoice.status);
      expect(invoice.currency).toBe(this.shop.currency);
      this.expectWhole([invoice], amountOf(this.contract, this.shop));
    }
  }

  /** @param now else at the end of the period */
  async cancel(now: boolean): Promise<void> {
    const { body } = await this.caller.post(`${this.path}/cancel`, { cancel_at_period_end: !now }).expect(200);
    this.next = null;
    this.hasEnded = now;
    if (now) expect(body).toMatchObject({ status: 'canceled' });
    else expect(body).toMatchObject({ tier: this.contract.plan.key, cancel_at_period_end: true });
  }

  /** The period at whose end it was to end is over. */
  async expectEnd(): Promise<void> {
    this.hasEnded = true;
    const { body } = await this.caller.get(`/subscription?group=${this.group}`).expect(200);
    expect(body).toBeNull();
    expect(await this.app.stripe.subscriptions.retrieve(this.stripeId)).toMatchObject({ status: 'canceled' });
    expect((await this.newInvoices()).filter((invoice) => wholeOf(invoice) > 0)).toEqual([]);
  }

  /** The invoices that the API shows are those of Stripe, to the last minor unit. */
  async expectInvoicesShown(): Promise<void> {
    const customer = await this.caller.stripeCustomerId();
    const { data } = await this.app.stripe.invoices.list({ customer, limit: 100 });
    const { body } = await this.caller.get('/invoices?limit=100').expect(200);
    const shown = (body as { amount_paid: number; currency: string }[]).map(({ amount_paid, currency }) => [
      amount_paid,
      currency,
    ]);
    const paid = data.map(({ amount_paid, currency }) => [majorOf(amount_paid, currency), currency]);
    expect(shown.sort()).toEqual(paid.sort());
    expect(data.filter(({ status }) => status !== 'paid')).toEqual([]);
  }

  /** Seats and add-ons have to be named where the plan cannot take as many, or has none of them. */
  private wishFor({ plan, price }: Pick<Wish, 'plan' | 'price'>): Wish {
    const carried = carriedSeats(this.contract, plan);
    const max = plan.seats?.max ?? null;
    const isOtherPeriod = !isSamePeriod(price, this.contract.price);
    const fits = this.contract.addOns.every(
      ({ plan: addOn }) => sellsBeside(addOn, plan, price) || (!isOtherPeriod && goesWith(addOn, plan)),
    );
    return {
      plan,
      price,
      quantity: max !== null && carried > max ? fewestSeats(plan) : null,
      addOns: fits
        ? null
        : this.contract.addOns.filter(({ plan: addOn }) => addOnsFor(this.shop, plan, price).includes(addOn)),
    };
  }

  private async expectRefusal(body: object, status: number, code: string): Promise<void> {
    const refused = await this.caller.patch(this.path, body);
    expect({ body, status: refused.status, code: refused.body.code }).toEqual({ body, status, code });
  }

  private expectShown(body: object): void {
    const { contract, next, shop } = this;
    expect(body).toMatchObject({
      id: this.id,
      status: this.isTrial ? 'trialing' : 'active',
      ...shownOf(contract),
      amount: majorOf(planAmount(contract, shop), shop.currency),
      currency: shop.currency,
      scheduled_change: next === null ? null : shownOf(next, true),
    });
    const shown = (body as { add_ons: { plan: string; amount: number }[] }).add_ons;
    const expected = contract.addOns.map((addOn) => ({
      plan: addOn.plan.key,
      quantity: addOn.quantity,
      amount: majorOf(addOnAmount(addOn, contract, shop), shop.currency),
    }));
    expect(sorted(shown)).toMatchObject(sorted(expected));
    this.periodEnd = Date.parse((body as Shown).current_period_end) / 1000;
  }

  /** Only a change to another period begins one, which is charged whole; all else is the difference. */
  private async expectChangeInvoices(before: Contract, isNow: boolean): Promise<void> {
    const invoices = await this.newInvoices();
    if (!isNow || this.isTrial) {
      expect(invoices.map(({ total }) => total).filter((total) => total !== 0)).toEqual([]);
      return;
    }
    const begins = !isSamePeriod(before.price, this.contract.price);
    this.expectWhole(invoices, begins ? amountOf(this.contract, this.shop) : 0);
    for (const invoice of invoices) expect(invoice).toMatchObject({ status: 'paid', currency: this.shop.currency });
  }

  private expectWhole(invoices: readonly Stripe.Invoice[], expected: number): void {
    const whole = invoices.reduce((sum, invoice) => sum + wholeOf(invoice), 0);
    if (whole === expected) return;
    const lines = invoices.map(({ id, billing_reason: reason, lines: { data } }) => [
      `${id} ${reason}`,
      ...data.map(({ amount, quantity, description, period }) => ({ amount, quantity, description, period })),
    ]);
    const { plan, price, quantity, addOns } = this.contract;
    const contract = {
      plan: plan.key,
      ...periodOf(price),
      quantity,
      addOns: addOns.map(toWish),
      first: this.first.plan.key,
    };
    throw new Error(`charged ${whole}, not ${expected}: ${JSON.stringify({ contract, lines }, null, 1)}`);
  }

  /** Those that Stripe made since they were looked at last. */
  private async newInvoices(): Promise<Stripe.Invoice[]> {
    const { data } = await this.app.stripe.invoices.list({ subscription: this.stripeId, limit: 100 });
    const found = data.filter(({ id }) => !this.known.has(id));
    for (const { id } of found) this.known.add(id);
    return found;
  }
}

/** What an invoice charges for whole periods, without differences for the rest of one. */
function wholeOf({ lines }: Stripe.Invoice): number {
  return lines.data
    .filter(({ parent }) => {
      const details = parent?.subscription_item_details ?? parent?.invoice_item_details;
      return details?.proration !== true;
    })
    .reduce((sum, { amount }) => sum + amount, 0);
}

function periodOf({ interval, count }: Contract['price']) {
  return { interval, interval_count: count };
}

function toWish({ plan, quantity }: Contract['addOns'][number]) {
  return { plan: plan.key, quantity };
}

function shownOf({ plan, price, quantity, addOns }: Contract, withAddOns = false): object {
  return {
    tier: plan.key,
    ...periodOf(price),
    quantity,
    ...(withAddOns ? { add_ons: sorted(addOns.map(toWish)) } : {}),
  };
}

function sorted<Named extends { plan: string }>(named: readonly Named[]): Named[] {
  return [...named].sort((one, other) => (one.plan < other.plan ? -1 : 1));
}

import { expect } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { ReconciliationService } from '../../../src/reconciliation/reconciliation.service.js';
import { Caller } from '../../support/caller.js';
import { type TestApp } from '../../support/test-app.js';
import { unsettled } from '../histories/invariants.js';
import { type Random } from '../ordering-model/random.js';
import { type AccountPrices } from './account.js';
import { addOnsFor, type Contract, fewestSeats, optionsOf } from './contract.js';
import { expectEntitlements } from './entitled.js';
import { expectRefusals } from './refusals.js';
import { type DrawnPlan, groupOf, type Shop, soldPlans } from './shop.js';
import { Subscriber } from './subscriber.js';
import { type Option, Tour } from './tour.js';

/** Drafts of renewals are finalized an hour after the period ends. */
const AFTER_RENEWAL_SECONDS = 2 * 3_600;
const STEPS_AT_MOST = 6;
const SHORTEST_STEP_SECONDS = 31 * 86_400;
const ROUNDS_AT_MOST = 20;
const AT_ONCE = 4;
const REST_DEADLINE_MS = 120_000;

/** One who buys: at most one subscription of each group. */
interface Person {
  caller: Caller;
  all: Subscriber[];
}

export interface LifeTally {
  purchases: number;
  changes: number;
  invoices: number;
}

/** Everything that a shop sells, bought, changed, renewed and ended by somebody. */
export class ShopLife {
  readonly tally: LifeTally = { purchases: 0, changes: 0, invoices: 0 };
  private readonly persons: Person[] = [];

  constructor(
    private readonly app: TestApp,
    private readonly shop: Shop,
    private readonly random: Random,
    /** Ids of what plans were sold at before. */
    private readonly ids: AccountPrices,
  ) {}

  async live(): Promise<void> {
    await this.sellAll();
    await this.changeAll();
    await this.renewAll();
    await this.endAll();
    await this.expectAgreement();
  }

  private get subscribers(): Subscriber[] {
    return this.persons.flatMap(({ all }) => all);
  }

  private groups(): string[] {
    return [...new Set(soldPlans(this.shop).map(groupOf))];
  }

  /** Each plan at each of its prices; one has one of each group. The first one has a trial where the plan allows it. */
  private async sellAll(): Promise<void> {
    const options = this.groups().map((group) => optionsOf(soldPlans(this.shop), group));
    const most = Math.max(...options.map(({ length }) => length));
    const purchases: { person: Person; buys: { subscriber: Subscriber; trial: number | null }[] }[] = [];
    for (let place = 0; place < most; place += 1) {
      const person = await this.newPerson();
      const buys = options
        .flatMap((of) => of[place] ?? [])
        .map((option, nth) => ({
          subscriber: this.newSubscriber(person, option),
          trial: place === 0 && nth === 0 ? this.trialOf(option.plan) : null,
        }));
      purchases.push({ person, buys });
    }
    await inChunks(purchases, async ({ person, buys }) => {
      for (const { subscriber, trial } of buys) await this.buy(person, subscriber, trial);
    });
    await this.sellEarlier();
    await this.rest();
    await this.expectAllEntitled();
    const [first] = this.subscribers;
    if (first !== undefined) await expectRefusals(this.app, this.shop, first);
  }

  private async sellEarlier(): Promise<void> {
    for (const plan of soldPlans(this.shop)) {
      const price = plan.earlierPrice;
      const id = price === null ? undefined : this.ids.get(price);
      if (price === null || id === undefined) continue;
      const person = await this.newPerson();
      const quantity = plan.seats !== null && plan.seats.prices.length > 0 ? plan.seats.included : 1;
      const subscriber = new Subscriber(this.app, this.shop, person.caller, { plan, price, quantity, addOns: [] });
      await subscriber.bySale(id);
      person.all.push(subscriber);
    }
  }

  /** From every plan to every other of its group, and between all periods of each. */
  private async changeAll(): Promise<void> {
    const tours = this.groups().map((group) => {
      const options = optionsOf(soldPlans(this.shop), group);
      return { group, tour: new Tour(this.random, options) };
    });
    for (let round = 0; tours.some(({ tour }) => !tour.isOver); round += 1) {
      expect(round).toBeLessThan(ROUNDS_AT_MOST);
      for (const { group, tour } of tours) await this.joinFor(group, tour);
      const planned = this.persons.map(({ all }) =>
        all.flatMap((subscriber) => {
          const tour = tours.find(({ group }) => group === subscriber.group)?.tour;
          const to = tour?.next(subscriber.contract) ?? null;
          return to === null ? [] : [{ subscriber, to }];
        }),
      );
      await inChunks(planned, async (changes) => {
        for (const { subscriber, to } of changes) await subscriber.change(to);
        this.tally.changes += changes.length;
      });
      await this.rest();
      const waiting = this.subscribers.filter(({ next }) => next !== null);
      if (waiting.length === 0) await this.expectAllEntitled();
      else await this.passTimeTo(Math.max(...waiting.map(({ periodEnd }) => periodEnd)));
    }
  }

  /** Somebody new for the changes that nobody can make who is there. */
  private async joinFor(group: string, tour: Tour): Promise<void> {
    const there = this.subscribers.filter((one) => one.group === group).map(({ contract }) => contract);
    for (const option of tour.missing(there)) {
      const person = await this.newPerson();
      await this.buy(person, this.newSubscriber(person, option), null);
    }
  }

  private async renewAll(): Promise<void> {
    await this.passTimeTo(Math.max(...this.subscribers.map(({ periodEnd }) => periodEnd)));
  }

  /** Every second one at once, the others with their period. */
  private async endAll(): Promise<void> {
    const ends = this.subscribers.map((subscriber, place) => ({ subscriber, now: place % 2 === 1 }));
    for (const { subscriber, now } of ends) await subscriber.cancel(now);
    await this.rest();
    await this.expectAllEntitled();
    const later = ends.filter(({ now }) => !now).map(({ subscriber }) => subscriber);
    await this.advanceTo(Math.max(...later.map(({ periodEnd }) => periodEnd)));
    for (const subscriber of later) await subscriber.expectEnd();
    await this.expectAllEntitled();
  }

  /** Here is what is at Stripe, nothing is open, nobody was taken for another, no plan was lost. */
  private async expectAgreement(): Promise<void> {
    const report = await this.app.app.get(ReconciliationService, { strict: false }).reconcile({ graceSeconds: 0 });
    expect({ drift: report.drift, pending: report.pending }).toEqual({ drift: [], pending: 0 });
    expect(await unsettled(this.app)).toEqual([]);
    await inChunks(this.subscribers, (subscriber) => subscriber.expectInvoicesShown());
    const wrong = await this.app.dataSource.query<object[]>(
      `select id, tier, plan_group, status, duplicate_of_id from subscriptions
       where tier = 'custom' or plan_group is null or duplicate_of_id is not null or status <> 'canceled'`,
    );
    expect(wrong).toEqual([]);
    const [{ count }] = await this.app.dataSource.query<[{ count: number }]>(
      'select count(*)::int as count from invoices',
    );
    this.tally.invoices = count;
  }

  private async buy(person: Person, subscriber: Subscriber, trial: number | null): Promise<void> {
    await subscriber.buy(trial);
    person.all.push(subscriber);
    this.tally.purchases += 1;
  }

  private async newPerson(): Promise<Person> {
    const person = { caller: await Caller.create(this.app), all: [] };
    this.persons.push(person);
    return person;
  }

  private newSubscriber({ caller }: Person, option: Option): Subscriber {
    return new Subscriber(this.app, this.shop, caller, this.contractOf(option));
  }

  private contractOf({ plan, price }: Option): Contract {
    const { random } = this;
    const fewest = fewestSeats(plan);
    const most = plan.seats === null ? 1 : (plan.seats.max ?? fewest + 4);
    const quantity = Math.max(fewest, Math.floor(random.between(fewest, most + 1)));
    const addOns = addOnsFor(this.shop, plan, price)
      .filter(() => random.chance(0.5))
      .map((addOn) => ({ plan: addOn, quantity: 1 + Math.floor(random.between(0, 3)) }));
    return { plan, price, quantity, addOns };
  }

  private trialOf({ trialDays }: DrawnPlan): number | null {
    const most = Math.min(trialDays ?? 14, 14);
    return most === 0 ? null : 1 + Math.floor(this.random.between(0, most));
  }

  private async passTimeTo(moment: number): Promise<void> {
    await this.advanceTo(moment);
    await inChunks(this.subscribers, (subscriber) => subscriber.afterTime());
    await this.expectAllEntitled();
  }

  /** In steps that are settled each, as time that passes is. */
  private async advanceTo(moment: number): Promise<void> {
    const { now } = (await this.app.control('state')) as { now: number };
    const to = moment + AFTER_RENEWAL_SECONDS;
    const step = Math.max(SHORTEST_STEP_SECONDS, Math.ceil((to - now) / STEPS_AT_MOST));
    for (let at = now; at < to;) {
      at = Math.min(to, at + step);
      await this.app.control('advance', { to: at });
      await this.rest();
    }
  }

  private async rest(): Promise<void> {
    const deadline = performance.now() + REST_DEADLINE_MS;
    for (;;) {
      const error = await this.app.settle().then(
        () => null,
        (reason: Error) => reason.message,
      );
      const open = error === null ? await unsettled(this.app) : [error];
      if (open.length === 0) return;
      if (performance.now() > deadline) throw new Error(open.join('\n'));
      await wait(50);
    }
  }

  private async expectAllEntitled(): Promise<void> {
    await inChunks(this.persons, ({ caller, all }) => expectEntitlements(this.shop, caller, all));
  }
}

/** A few at a time; what each does is decided before, so that the seed alone determines it. */
async function inChunks<Value>(values: readonly Value[], work: (value: Value) => Promise<void>): Promise<void> {
  for (let start = 0; start < values.length; start += AT_ONCE)
    await Promise.all(values.slice(start, start + AT_ONCE).map(work));
}

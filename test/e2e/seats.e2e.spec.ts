import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { cli } from '../support/cli.js';
import { catalogueFile, SEATS_AND_ADD_ONS } from '../support/catalogue-files.js';
import { endSubscriptions } from '../support/ended-subscriptions.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(SEATS_AND_ADD_ONS) } });
});
afterEach(() => endSubscriptions(app));
afterAll(() => app.close());

const card = { payment_method_id: 'pm_card_visa' };
const MONTH_SECONDS = 32 * 86_400;

interface Sold {
  id: number;
  quantity: number;
}

async function buy(body: object): Promise<[Caller, Sold]> {
  const caller = await Caller.create(app);
  return [caller, (await caller.post('/subscription', { ...card, ...body }).expect(201)).body as Sold];
}

async function paid(caller: Caller): Promise<number[]> {
  await app.settle();
  const { body } = await caller.get('/invoices').expect(200);
  return (body as { amount_paid: number }[]).map(({ amount_paid: amount }) => amount).reverse();
}

/** What Stripe bills, by lookup key. */
async function itemsOf({ id }: { id: number }): Promise<Record<string, number | undefined>> {
  const [row] = await app.dataSource.query('select stripe_subscription_id as stripe from subscriptions where id = $1', [
    id,
  ]);
  const { items } = await app.stripe.subscriptions.retrieve((row as { stripe: string }).stripe);
  return Object.fromEntries(items.data.map(({ price, quantity }) => [price.lookup_key ?? price.id, quantity]));
}

const seats = (caller: Caller, { id }: Sold, quantity: number, more: object = {}) =>
  caller.put(`/subscription/${id}/seats`, { quantity, ...more });

describe('a purchase', () => {
  it('of a plan at a price a seat charges each seat, the fewest where no number is named', async () => {
    const [caller, crew] = await buy({ tier: 'crew', quantity: 5 });
    expect(crew).toMatchObject({ tier: 'crew', quantity: 5, amount: 40 });
    expect(await paid(caller)).toEqual([40]);
    expect((await buy({ tier: 'crew' }))[1]).toMatchObject({ quantity: 2, amount: 16 });
  });

  it('of a plan that holds some seats bills only those past them, as an item of their own', async () => {
    const [caller, team] = await buy({ tier: 'team', quantity: 5 });
    expect(team).toMatchObject({ tier: 'team', quantity: 5, amount: 63, add_ons: [] });
    expect(await itemsOf(team)).toEqual({ team_month: 1, team_seat_month: 2 });
    expect(await paid(caller)).toEqual([63]);
    const [, small] = await buy({ tier: 'team', quantity: 2 });
    expect(small).toMatchObject({ quantity: 3, amount: 49 });
    expect(await itemsOf(small)).toEqual({ team_month: 1 });
  });

  it.each([
    ['solo', 2, 'quantity must be 1, since solo has no seats'],
    ['crew', 1, 'quantity must not be less than 2'],
    ['crew', 21, 'quantity must not be greater than 20'],
    ['team', 0, 'quantity must not be less than 1'],
  ])('of %s with %d seats is refused', async (tier, quantity, message) => {
    const caller = await Caller.create(app);
    for (const path of ['/subscription', '/checkout']) {
      const { body } = await caller.post(path, { tier, quantity }).expect(400);
      expect(body).toMatchObject({ code: 'validation_failed', errors: [{ field: 'quantity', message }] });
    }
  });

  it('that waits for its payment is resumed with as many seats only', async () => {
    const caller = await Caller.create(app);
    const first = (await caller.post('/subscription', { tier: 'crew', quantity: 3 }).expect(201)).body as Sold;
    const again = await caller.post('/subscription', { tier: 'crew', quantity: 3 }).expect(200);
    expect(again.body).toMatchObject({ id: first.id, status: 'incomplete', quantity: 3 });
    const other = (await caller.post('/subscription', { tier: 'crew', quantity: 4 }).expect(201)).body as Sold;
    expect(other.id).not.toBe(first.id);
  });

  it('by Checkout has the seats on its lines, and an open session with others is another', async () => {
    const caller = await Caller.create(app);
    const open = async (quantity: number) =>
      (await caller.post('/checkout', { tier: 'team', quantity }).expect(200)).body as { id: string };
    const five = await open(5);
    expect((await open(5)).id).toBe(five.id);
    const { line_items: lines } = await app.stripe.checkout.sessions.retrieve(five.id, { expand: ['line_items'] });
    expect(lines?.data.map(({ price, quantity }) => [price?.lookup_key, quantity])).toEqual([
      ['team_month', 1],
      ['team_seat_month', 2],
    ]);
    expect((await open(6)).id).not.toBe(five.id);
  });
});

describe('more seats', () => {
  it('are had and charged at once, in proportion to the rest of the period', async () => {
    const [caller, team] = await buy({ tier: 'team' });
    await app.control('advance', { seconds: 15 * 86_400 });
    const { body } = await seats(caller, team, 7).expect(200);
    expect(body).toMatchObject({ quantity: 7, amount: 77, requires_action: false, scheduled_change: null });
    const [first, second = 0] = await paid(caller);
    expect(first).toBe(49);
    expect(second).toBeGreaterThan(12);
    expect(second).toBeLessThan(16);
  });

  it('that a card does not pay are not had', async () => {
    const [caller, crew] = await buy({ tier: 'crew' });
    await caller.addCard('pm_card_chargeCustomerFail', true);
    const refused = await seats(caller, crew, 5).expect(402);
    expect(refused.body).toMatchObject({ code: 'card_declined' });
    expect((await caller.get('/subscription').expect(200)).body).toMatchObject({ quantity: 2, pending_change: null });
  });

  it('that the bank wants confirmed wait, and the answer says how many', async () => {
    const [caller, team] = await buy({ tier: 'team' });
    await caller.addCard('pm_card_authenticationRequired', true);
    const { body } = await seats(caller, team, 5).expect(200);
    expect(body).toMatchObject({ quantity: 3, requires_action: true, pending_change: { tier: 'team', quantity: 5 } });
    const same = await seats(caller, team, 3).expect(200);
    expect(same.body).toMatchObject({ quantity: 3, requires_action: false, pending_change: null });
  });

  it('are free in a trial', async () => {
    const [caller, crew] = await buy({ tier: 'crew', trial_days: 7 });
    expect((await seats(caller, crew, 9).expect(200)).body).toMatchObject({ status: 'trialing', quantity: 9 });
    expect((await seats(caller, crew, 3).expect(200)).body).toMatchObject({ status: 'trialing', quantity: 3 });
    expect(await paid(caller)).toEqual([0]);
  });

  it('past five changes a day are billed with the next invoice, which the answer says', async () => {
    const [caller, crew] = await buy({ tier: 'crew' });
    for (let quantity = 3; quantity <= 7; quantity += 1)
      expect((await seats(caller, crew, quantity).expect(200)).body).not.toHaveProperty('billed_with_next_invoice');
    const { body } = await seats(caller, crew, 8).expect(200);
    expect(body).toMatchObject({ quantity: 8, billed_with_next_invoice: true });
    expect(await paid(caller)).toHaveLength(6);
    await app.control('advance', { seconds: MONTH_SECONDS });
    const [renewal = 0] = (await paid(caller)).reverse();
    expect(renewal).toBeGreaterThan(64);
  });
});

describe('fewer seats', () => {
  it('are had from the end of the period on, and what was paid for stays until then', async () => {
    const [caller, team] = await buy({ tier: 'team', quantity: 6 });
    const { body } = await seats(caller, team, 4).expect(200);
    expect(body).toMatchObject({ quantity: 6, scheduled_change: { tier: 'team', interval: 'month', quantity: 4 } });
    await app.control('advance', { seconds: MONTH_SECONDS });
    expect(await paid(caller)).toEqual([70, 56]);
    expect((await caller.get('/subscription').expect(200)).body).toMatchObject({ quantity: 4, scheduled_change: null });
    expect(await itemsOf(team)).toEqual({ team_month: 1, team_seat_month: 1 });
  });

  it('no more than the plan holds leave no item of further seats', async () => {
    const [caller, team] = await buy({ tier: 'team', quantity: 4 });
    await seats(caller, team, 3).expect(200);
    await app.control('advance', { seconds: MONTH_SECONDS });
    await app.settle();
    expect(await itemsOf(team)).toEqual({ team_month: 1 });
  });

  it('now leave a credit', async () => {
    const [caller, crew] = await buy({ tier: 'crew', quantity: 10 });
    const { body } = await seats(caller, crew, 4, { when: 'now' }).expect(200);
    expect(body).toMatchObject({ quantity: 4, amount: 32, scheduled_change: null });
    await app.control('advance', { seconds: MONTH_SECONDS });
    const [, , renewal] = await paid(caller);
    expect(renewal).toBe(0);
  });

  it('can be taken back by the number that there is, and set anew', async () => {
    const [caller, crew] = await buy({ tier: 'crew', quantity: 6 });
    await seats(caller, crew, 3).expect(200);
    const anew = await seats(caller, crew, 4).expect(200);
    expect(anew.body).toMatchObject({ quantity: 6, scheduled_change: { quantity: 4 } });
    const back = await seats(caller, crew, 6).expect(200);
    expect(back.body).toMatchObject({ quantity: 6, scheduled_change: null });
    await seats(caller, crew, 5).expect(200);
    const more = await seats(caller, crew, 8).expect(200);
    expect(more.body).toMatchObject({ quantity: 8, scheduled_change: null });
  });
});

describe('the same number', () => {
  it('again changes nothing', async () => {
    const [caller, crew] = await buy({ tier: 'crew', quantity: 4 });
    const { body } = await seats(caller, crew, 4).expect(200);
    expect(body).toMatchObject({ quantity: 4, requires_action: false });
    expect(await paid(caller)).toEqual([32]);
  });

  it('is refused by PATCH, and so is a number out of bounds', async () => {
    const [caller, crew] = await buy({ tier: 'crew', quantity: 4 });
    const patched = await caller.patch(`/subscription/${crew.id}`, { quantity: 4 }).expect(400);
    expect(patched.body).toMatchObject({ code: 'nothing_to_update' });
    await seats(caller, crew, 21).expect(400);
    const [solo, one] = await buy({ tier: 'solo' });
    expect((await seats(solo, one, 2).expect(400)).body.errors).toMatchObject([{ field: 'quantity' }]);
  });
});

describe('twenty requests at once', () => {
  it('end at the number that was accepted last, with as many prorations as were accepted', async () => {
    const [caller, crew] = await buy({ tier: 'crew' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => seats(caller, crew, 12)));
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted.length).toBeGreaterThan(0);
    for (const { status, body } of answers)
      expect(status === 200 ? body.quantity : body.code).toBe(status === 200 ? 12 : 'conflict');
    expect(await paid(caller)).toHaveLength(2);
    expect(await itemsOf(crew)).toEqual({ crew_month: 12 });
  });

  it('for different numbers end at the one that was accepted last, with a proration for each raise', async () => {
    const [caller, team] = await buy({ tier: 'team' });
    const accepted: number[] = [];
    const wanted = Array.from({ length: 20 }, (_, place) => 11 + place);
    await Promise.all(
      wanted.map(async (quantity) => {
        const { status, body } = await seats(caller, team, quantity);
        if (status === 200) accepted.push(quantity);
        else expect(body).toMatchObject({ code: 'conflict' });
      }),
    );
    const raises = accepted.filter((quantity, place) => accepted.slice(0, place).every((other) => other < quantity));
    const { body } = await caller.get('/subscription').expect(200);
    expect(body.scheduled_change?.quantity ?? body.quantity).toBe(accepted.at(-1));
    expect(await paid(caller)).toHaveLength(1 + Math.min(raises.length, 5));
  });
});

describe('seats that are in use', () => {
  let key: string;
  beforeAll(async () => {
    const { json } = await cli(['keys', 'create', '--name', 'host', '--scope', 'act'], app.config);
    key = `Bearer ${String(json.key)}`;
  });
  /** The host says how many members a payer has. */
  const report = (caller: Caller, used: number) =>
    app.http
      .put('/usage/members')
      .set('Authorization', key)
      .set('On-Behalf-Of', `user:${caller.sub}`)
      .send({ used })
      .expect(200);
  const refusal = {
    code: 'seats_in_use',
    detail: 'In use: 5 members. Free some first, or keep at least 5 seats',
  };

  it('are not taken away, at the end of the period, now, or with another plan', async () => {
    const [caller, team] = await buy({ tier: 'team', quantity: 8 });
    await report(caller, 5);
    expect((await seats(caller, team, 4).expect(409)).body).toMatchObject(refusal);
    expect((await seats(caller, team, 4, { when: 'now' }).expect(409)).body).toMatchObject(refusal);
    for (const wish of [{ quantity: 4 }, { interval: 'year', quantity: 3 }])
      expect((await caller.patch(`/subscription/${team.id}`, wish).expect(409)).body).toMatchObject(refusal);
    expect((await caller.get('/subscription').expect(200)).body).toMatchObject({ quantity: 8, scheduled_change: null });
    expect((await seats(caller, team, 5).expect(200)).body).toMatchObject({ scheduled_change: { quantity: 5 } });
  });

  it('count as the host says now, and never keep one from having more', async () => {
    const [caller, team] = await buy({ tier: 'team', quantity: 4 });
    await report(caller, 9);
    expect((await seats(caller, team, 6).expect(200)).body).toMatchObject({ quantity: 6 });
    await report(caller, 3);
    expect((await seats(caller, team, 3).expect(200)).body).toMatchObject({ scheduled_change: { quantity: 3 } });
  });

  it('of another payer bar nothing', async () => {
    const [other] = await buy({ tier: 'team', quantity: 8 });
    await report(other, 8);
    const [caller, team] = await buy({ tier: 'team', quantity: 8 });
    await seats(caller, team, 3).expect(200);
  });
});

describe('a change of plan', () => {
  it('carries the seats to the item of the new plan, up and down', async () => {
    const [caller, crew] = await buy({ tier: 'crew', quantity: 6 });
    const up = await caller.patch(`/subscription/${crew.id}`, { tier: 'team' }).expect(200);
    expect(up.body).toMatchObject({ tier: 'team', quantity: 6, amount: 70 });
    expect(await itemsOf(crew)).toEqual({ team_month: 1, team_seat_month: 3 });
    const down = await caller.patch(`/subscription/${crew.id}`, { tier: 'crew' }).expect(200);
    expect(down.body).toMatchObject({ quantity: 6, scheduled_change: { tier: 'crew', quantity: 6 } });
    await app.control('advance', { seconds: MONTH_SECONDS });
    await app.settle();
    expect(await itemsOf(crew)).toEqual({ crew_month: 6 });
    expect((await caller.get('/subscription').expect(200)).body).toMatchObject({
      tier: 'crew',
      quantity: 6,
      amount: 48,
    });
  });

  it('to another interval takes the seats along', async () => {
    const [caller, team] = await buy({ tier: 'team', quantity: 5 });
    const { body } = await caller.patch(`/subscription/${team.id}`, { interval: 'year' }).expect(200);
    expect(body).toMatchObject({ interval: 'year', quantity: 5, amount: 630 });
    expect(await itemsOf(team)).toEqual({ team_year: 1, team_seat_year: 2 });
  });

  it('to a plan without seats leaves one, and needs a number where the plan has fewer', async () => {
    const [caller, team] = await buy({ tier: 'team', quantity: 30 });
    const path = `/subscription/${team.id}`;
    const refused = await caller.patch(path, { tier: 'crew' }).expect(400);
    expect(refused.body.errors).toMatchObject([{ field: 'quantity' }]);
    const named = await caller.patch(path, { tier: 'crew', quantity: 20 }).expect(200);
    expect(named.body).toMatchObject({ quantity: 30, scheduled_change: { tier: 'crew', quantity: 20 } });
    const now = await caller.patch(path, { tier: 'solo', when: 'now' }).expect(200);
    expect(now.body).toMatchObject({ tier: 'solo', quantity: 1, amount: 10 });
    expect(await itemsOf(team)).toEqual({ solo_month: 1 });
  });

  it('that waits stays when seats are added meanwhile, and takes them along', async () => {
    const [caller, team] = await buy({ tier: 'team', quantity: 4 });
    await caller.patch(`/subscription/${team.id}`, { tier: 'crew' }).expect(200);
    const more = await seats(caller, team, 6).expect(200);
    expect(more.body).toMatchObject({ tier: 'team', quantity: 6, scheduled_change: { tier: 'crew', quantity: 6 } });
    const fewer = await seats(caller, team, 5).expect(200);
    expect(fewer.body).toMatchObject({ tier: 'team', quantity: 6, scheduled_change: { tier: 'crew', quantity: 5 } });
    await app.control('advance', { seconds: MONTH_SECONDS });
    await app.settle();
    expect(await itemsOf(team)).toEqual({ crew_month: 5 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { settleUser } from '../support/operations.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const DAY = 86_400;
const VISA = { payment_method_id: 'pm_card_visa' };
const DECLINED = 'pm_card_chargeCustomerFail';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  await app.control('dunning', { final_action: 'unpaid' });
}, 60_000);
afterAll(() => app.close());

/** A subscription in some state, and its payer. */
class Payer {
  constructor(
    readonly caller: Caller,
    readonly id: number,
  ) {}

  static async buy(body: object): Promise<Payer> {
    const caller = await Caller.create(app);
    const { body: bought } = await caller.post('/subscription', { tier: 'professional', ...body }).expect(201);
    return new Payer(caller, bought.id as number).settled();
  }

  get path(): string {
    return `/subscription/${this.id}`;
  }

  async settled(): Promise<this> {
    await settleUser(app, this.caller.sub);
    return this;
  }

  async after(days: number): Promise<this> {
    await app.control('advance', { seconds: days * DAY });
    return this.settled();
  }

  /** What one route answers: the status, with the code of a refusal. */
  async ask(action: Action): Promise<string> {
    const { status, body } = await this.send(action);
    return status < 400 ? String(status) : `${status} ${String((body as { code: string }).code)}`;
  }

  async shows(): Promise<Record<string, unknown> | undefined> {
    await this.settled();
    const { body } = await this.caller.get('/subscriptions').expect(200);
    return (body as Record<string, unknown>[]).find(({ id }) => id === this.id);
  }

  private async send(action: Action) {
    const { caller, path } = this;
    switch (action) {
      case 'change plan':
        return caller.patch(path, { tier: 'enterprise' });
      case 'reactivate':
      case 'resume':
        return caller.post(`${path}/${action}`);
      case 'cancel now':
        return caller.post(`${path}/cancel`, { cancel_at_period_end: false });
      case 'drop change':
        return caller.delete(`${path}/scheduled-change`);
      case 'add card':
        return caller.post('/payment-methods', { ...VISA, set_as_default: true });
      case 'buy':
        return caller.post('/subscription', { tier: 'starter', ...VISA });
      case 'pay': {
        const { body } = await caller.get('/invoices?status_filter=open').expect(200);
        return caller.post(`/invoices/${String((body as { id: number }[])[0]?.id)}/pay`, VISA);
      }
    }
  }
}

type Action = 'change plan' | 'reactivate' | 'resume' | 'cancel now' | 'drop change' | 'add card' | 'buy' | 'pay';

interface State {
  reach: () => Promise<Payer>;
  /** Answers of what is not the way on, none of which changes anything. */
  refused: Partial<Record<Action, string>>;
  wayOn: Action[];
  leadsTo: object;
}

const NOT_SCHEDULED = '409 not_scheduled_for_cancellation';
const STATE = '409 subscription_state';
const LIVE = { resume: STATE, buy: '409 subscription_exists', 'drop change': '404 not_found' };

async function paused(): Promise<Payer> {
  const caller = await Caller.create(app);
  await app.stripe.subscriptions.create({
    customer: await caller.stripeCustomerId(),
    items: [{ price: app.prices.professional.month }],
    trial_period_days: 3,
    trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
  });
  await settleUser(app, caller.sub);
  const { body } = await caller.get('/subscription').expect(200);
  return new Payer(caller, body.id as number).after(4);
}

async function pastDue(): Promise<Payer> {
  const payer = await Payer.buy(VISA);
  await payer.caller.addCard(DECLINED, true);
  return payer.after(32);
}

const STATES: Record<string, State> = {
  trialing: {
    reach: () => Payer.buy({ ...VISA, trial_days: 7 }),
    refused: { ...LIVE, reactivate: NOT_SCHEDULED },
    wayOn: ['change plan'],
    leadsTo: { status: 'trialing', tier: 'enterprise' },
  },
  'trialing without a card': {
    reach: () => Payer.buy({ trial_days: 7 }),
    refused: { ...LIVE, reactivate: NOT_SCHEDULED },
    wayOn: ['add card'],
    leadsTo: { status: 'trialing' },
  },
  active: {
    reach: () => Payer.buy(VISA),
    refused: { ...LIVE, reactivate: NOT_SCHEDULED },
    wayOn: ['change plan'],
    leadsTo: { status: 'active', tier: 'enterprise' },
  },
  'active, scheduled to end': {
    reach: async () => {
      const payer = await Payer.buy(VISA);
      await payer.caller.post(`${payer.path}/cancel`).expect(200);
      return payer;
    },
    refused: { ...LIVE, 'change plan': '409 scheduled_for_cancellation' },
    wayOn: ['reactivate'],
    leadsTo: { status: 'active', cancel_at: null },
  },
  'active with a scheduled change': {
    reach: async () => {
      const payer = await Payer.buy(VISA);
      await payer.caller.patch(payer.path, { tier: 'starter' }).expect(200);
      return payer;
    },
    refused: { resume: STATE, buy: '409 subscription_exists', reactivate: NOT_SCHEDULED },
    wayOn: ['drop change'],
    leadsTo: { status: 'active', tier: 'professional', scheduled_change: null },
  },
  'active with an upgrade that the bank wants confirmed': {
    reach: async () => {
      const payer = await Payer.buy(VISA);
      const card = { payment_method_id: 'pm_card_authenticationRequired' };
      await payer.caller.patch(payer.path, { tier: 'enterprise', ...card }).expect(200);
      return payer.settled();
    },
    refused: { ...LIVE, reactivate: NOT_SCHEDULED },
    wayOn: ['pay'],
    leadsTo: { status: 'active', tier: 'enterprise', pending_change: null },
  },
  past_due: {
    reach: pastDue,
    refused: { ...LIVE, reactivate: NOT_SCHEDULED, 'change plan': STATE },
    wayOn: ['pay'],
    leadsTo: { status: 'active', payment_problem: null },
  },
  unpaid: {
    reach: async () => (await pastDue()).after(20),
    refused: { ...LIVE, reactivate: NOT_SCHEDULED, 'change plan': STATE },
    wayOn: ['add card'],
    leadsTo: { status: 'active', payment_problem: null },
  },
  'paused without a card': {
    reach: paused,
    refused: { ...LIVE, resume: '409 payment_method_required', reactivate: NOT_SCHEDULED, 'change plan': STATE },
    wayOn: ['add card', 'resume'],
    leadsTo: { status: 'active' },
  },
  incomplete: {
    reach: () => Payer.buy({}),
    refused: { resume: STATE, 'drop change': '404 not_found', reactivate: NOT_SCHEDULED, 'change plan': STATE },
    wayOn: ['pay'],
    leadsTo: { status: 'active' },
  },
  incomplete_expired: {
    reach: async () => (await Payer.buy({})).after(2),
    refused: {
      resume: STATE,
      'drop change': '404 not_found',
      reactivate: NOT_SCHEDULED,
      'change plan': STATE,
      'cancel now': '200',
    },
    wayOn: ['buy'],
    leadsTo: { status: 'incomplete_expired' },
  },
  canceled: {
    reach: async () => {
      const payer = await Payer.buy(VISA);
      expect(await payer.ask('cancel now')).toBe('200');
      return payer;
    },
    refused: {
      resume: STATE,
      'drop change': '404 not_found',
      reactivate: NOT_SCHEDULED,
      'change plan': STATE,
      'cancel now': '200',
    },
    wayOn: ['buy'],
    leadsTo: { status: 'canceled' },
  },
};

describe('a subscription that is', () => {
  it.each(Object.entries(STATES))('%s has a way on, and says what is not one', async (_name, state) => {
    const payer = await state.reach();
    const before = await payer.shows();
    const answers: Partial<Record<Action, string>> = {};
    for (const action of Object.keys(state.refused) as Action[]) answers[action] = await payer.ask(action);
    expect(answers).toEqual(state.refused);
    expect(await payer.shows()).toEqual(before);
    for (const action of state.wayOn) expect(await payer.ask(action)).toMatch(/^20[01]$/);
    expect(await payer.shows()).toMatchObject(state.leadsTo);
  });
});

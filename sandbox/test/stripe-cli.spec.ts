import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import Stripe from 'stripe';
import { type Sandbox, createSandbox } from '../src/sandbox.js';
import { eventually } from './support/eventually.js';

/** The triggers of Stripe's program whose objects the sandbox has. */
const TRIGGERS = [
  ...['billing_portal.configuration.created', 'billing_portal.configuration.updated', 'billing_portal.session.created'],
  ...['charge.captured', 'charge.dispute.closed', 'charge.dispute.created', 'charge.dispute.updated', 'charge.failed'],
  ...['charge.refund.updated', 'charge.refunded', 'charge.succeeded'],
  ...['checkout.session.async_payment_failed', 'checkout.session.async_payment_succeeded'],
  ...['checkout.session.completed', 'checkout.session.expired'],
  ...['coupon.created', 'coupon.deleted', 'coupon.updated'],
  ...['credit_note.created', 'credit_note.updated', 'credit_note.voided'],
  ...['customer.created', 'customer.deleted', 'customer.updated'],
  ...['customer.discount.created', 'customer.discount.deleted', 'customer.discount.updated'],
  ...['customer.source.created', 'customer.source.updated'],
  ...['customer.subscription.created', 'customer.subscription.deleted', 'customer.subscription.paused'],
  ...['customer.subscription.trial_will_end', 'customer.subscription.updated'],
  ...['invoice.created', 'invoice.deleted', 'invoice.finalized', 'invoice.marked_uncollectible', 'invoice.paid'],
  ...['invoice.payment_action_required', 'invoice.payment_failed', 'invoice.payment_succeeded', 'invoice.sent'],
  ...['invoice.updated', 'invoice.voided', 'invoiceitem.created', 'invoiceitem.deleted'],
  ...['payment_intent.amount_capturable_updated', 'payment_intent.canceled', 'payment_intent.created'],
  ...[
    'payment_intent.payment_failed',
    'payment_intent.processing',
    'payment_intent.requires_action',
    'payment_intent.succeeded',
  ],
  ...['payment_method.attached', 'payment_method.detached', 'payment_method.updated'],
  ...['plan.created', 'plan.deleted', 'plan.updated', 'price.created', 'price.updated'],
  ...['product.created', 'product.deleted', 'product.updated', 'promotion_code.created', 'promotion_code.updated'],
  ...['setup_intent.canceled', 'setup_intent.created', 'setup_intent.requires_action', 'setup_intent.setup_failed'],
  ...['setup_intent.succeeded', 'subscription.payment_failed', 'subscription.payment_succeeded'],
  ...['subscription_schedule.canceled', 'subscription_schedule.created', 'subscription_schedule.released'],
  ...['subscription_schedule.aborted', 'subscription_schedule.completed', 'subscription_schedule.expiring'],
  ...['subscription_schedule.updated', 'test_helpers.test_clock.advancing', 'test_helpers.test_clock.created'],
  ...['test_helpers.test_clock.deleted', 'test_helpers.test_clock.ready'],
];

/**
 * What a trigger makes where that is not what it is named after. The schedules of two of them belong to customers without
 * a card: in the sandbox the unpaid subscription ends before its schedule does.
 */
const EVENTS: { readonly [trigger: string]: string } = {
  'subscription.payment_failed': 'invoice.payment_failed',
  'subscription.payment_succeeded': 'invoice.payment_succeeded',
  'subscription_schedule.completed': 'subscription_schedule.aborted',
  'subscription_schedule.expiring': 'subscription_schedule.aborted',
};

/** Programs that run at once: one for each core that the tests may use. */
const PARALLEL = 3;

/** The program of this machine's platform. It comes with the package, so nothing is downloaded or installed to run it. */
function programOf(): string {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve(`@stripe/cli-${process.platform}-${process.arch}/package.json`));
  return path.join(folder, 'bin', process.platform === 'win32' ? 'stripe.exe' : 'stripe');
}

interface Run {
  readonly trigger: string;
  readonly status: number;
  readonly output: string;
}

describe("Stripe's own command-line program, pointed at the sandbox", () => {
  let sandbox: Sandbox;
  let home: string;
  const failures: string[] = [];
  const runs: Run[] = [];

  const trigger = (event: string): Promise<Run> =>
    new Promise((resolve) => {
      execFile(
        programOf(),
        ['trigger', event, '--api-base', sandbox.url, '--api-key', 'sk_test_sandbox_of_the_tests'],
        {
          timeout: 20_000,
          // It asks for new versions of itself by HTTPS: to a closed port of this machine. Loopback itself needs no proxy.
          env: {
            HOME: home,
            USERPROFILE: home,
            HTTPS_PROXY: 'http://127.0.0.1:9',
            HTTP_PROXY: 'http://127.0.0.1:9',
            STRIPE_CLI_TELEMETRY_OPTOUT: '1',
          },
        },
        (error, stdout, stderr) => {
          resolve({ trigger: event, status: error === null ? 0 : 1, output: `${stdout}${stderr}` });
        },
      );
    });

  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'stripe-cli-'));
    sandbox = await createSandbox({ log: (message, error) => failures.push(`${message} ${String(error)}`) });
    const waiting = [...TRIGGERS];
    const work = async (): Promise<void> => {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) runs.push(await trigger(event));
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }, 120_000);
  afterAll(async () => {
    await sandbox.close();
    await rm(home, { recursive: true, force: true });
    expect(failures).toEqual([]);
  });

  it.each(TRIGGERS)('stripe trigger %s', (event) => {
    const run = runs.find((candidate) => candidate.trigger === event);
    expect(run).toMatchObject({ status: 0, output: expect.stringContaining('Trigger succeeded') });
  });

  it('every trigger made the event that it is named after', async () => {
    const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port: sandbox.port, protocol: 'http' });
    // The bank answers a SEPA debit a second later.
    await eventually(async () => {
      const emitted = new Set<string>();
      for await (const event of stripe.events.list({ limit: 100 })) emitted.add(event.type);
      const missing = TRIGGERS.map((event) => EVENTS[event] ?? event).filter((event) => !emitted.has(event));
      expect(missing).toEqual([]);
    });
  });

  it('says so of a trigger that it cannot serve', async () => {
    const run = await trigger('transfer.created');
    expect(run).toMatchObject({ status: 1, output: expect.stringContaining('Unrecognized request URL') });
  });
});

import { type TestApp } from './test-app.js';
import { Caller } from './caller.js';

/** Key of the customers' metadata in which the shop had its users before. */
export const FORMER_KEY = 'shop_user';

/** An account as a shop has it that billed without this service. */
export interface OldAccount {
  /** For `--map`, as CSV: what the shop knows of the customers that were deleted at Stripe. */
  map: string;
  /** How many customers there are of each verdict of a first report. */
  verdicts: Record<string, number>;
  /** Subscriptions that are paid every month, without the paused ones and those in a long trial. */
  renewing: number;
  /** Users (`sub`) with a customer that can be told to be theirs. */
  subs: string[];
}

const AT_ONCE = 8;

type Shape = 'key' | 'email' | 'twins' | 'deleted' | 'legacy' | 'paused';
const SHAPES: readonly Shape[] = ['key', 'email', 'twins', 'deleted', 'legacy', 'paused'];

/**
 * Makes that many customers at Stripe in six shapes: known by another metadata key (every second one in a trial with a card
 * that others have a trial with, too), by nothing but the e-mail, two customers a person, deleted, at a price of no plan,
 * and paused.
 */
export async function makeOldAccount(app: TestApp, size: number, prefix = 'old'): Promise<OldAccount> {
  const { id: legacyPrice } = await app.stripe.prices.create({
    currency: 'usd',
    unit_amount: 1_500,
    recurring: { interval: 'month' },
    product_data: { name: `Pro of ${prefix}` },
  });
  const account: OldAccount = { map: '', verdicts: {}, renewing: 0, subs: [] };
  const count = (verdict: string) => (account.verdicts[verdict] = (account.verdicts[verdict] ?? 0) + 1);
  const rest = Array.from({ length: size }, (_, place) => place);
  const worker = async () => {
    for (let place = rest.shift(); place !== undefined; place = rest.shift()) {
      const shape = SHAPES[place % SHAPES.length] ?? 'key';
      await make(app, shape, { sub: `${prefix}-${place}`, place, legacyPrice }, account, count);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return account;
}

async function make(
  app: TestApp,
  shape: Shape,
  { sub, place, legacyPrice }: { sub: string; place: number; legacyPrice: string },
  account: OldAccount,
  count: (verdict: string) => void,
): Promise<void> {
  const email = `${sub}@example.org`;
  const metadata: Record<string, string> = shape === 'email' ? {} : { [FORMER_KEY]: sub };
  const customer = await app.stripe.customers.create({
    email,
    metadata,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  if (shape === 'deleted') {
    await app.stripe.customers.del(customer.id);
    account.map += `${customer.id},${sub}\n`;
    count('deleted');
    return;
  }
  const isTrial = shape === 'key' && place % (2 * SHAPES.length) !== 0;
  const { id } = await app.stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: shape === 'legacy' ? legacyPrice : app.prices.starter.month }],
    ...(isTrial ? { trial_period_days: 60 } : {}),
  });
  if (shape === 'paused') await app.stripe.subscriptions.update(id, { pause_collection: { behavior: 'void' } });
  if (shape === 'twins') {
    await app.stripe.customers.create({ email, metadata });
    count('second_customer');
  }
  if (shape === 'email') {
    const user = await Caller.of(app, sub, { email: email.toUpperCase(), email_verified: true });
    await user.get('/customer').expect(200);
  }
  if (!isTrial && shape !== 'paused') account.renewing += 1;
  account.subs.push(sub);
  count('will_link');
}

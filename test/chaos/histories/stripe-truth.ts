import type Stripe from 'stripe';
import { idOf } from '../../../src/stripe/values.js';
import { type TestedService } from '../../support/test-app.js';

type Fields = Record<string, unknown>;
type Row = Fields & { id: number };

/**
 * What the tables say of a user otherwise than Stripe's API, field by field. The expected values are worked out here from
 * Stripe's JSON, not by the mappers that are under test.
 * @param customer the user's customer at Stripe; null when there is none any more
 * @param gone ids of the user's customers that were deleted at Stripe
 */
export async function differencesOf(
  app: TestedService,
  sub: string,
  customer: Stripe.Customer | null,
  gone: readonly string[],
): Promise<string[]> {
  const ids = customer === null ? gone : [customer.id, ...gone];
  const [row] = await app.dataSource.query<Row[]>(
    'select customers.* from customers join users on users.id = user_id where external_id = $1',
    [sub],
  );
  if (row === undefined) return [`${sub} with ${ids.join(', ')}: has no row`];
  const tables = await Promise.all([
    Promise.resolve(customer === null ? compareDeleted(row) : compareCustomer(row, customer)),
    comparePaymentMethods(app, row.id, customer),
    compareSubscriptions(app, row.id, ids),
    compareSchedules(app, row.id, ids),
    compareInvoices(app, row.id, ids),
    comparePayments(app, row.id, ids),
  ]);
  return tables.flat();
}

function compareCustomer(row: Row, customer: Stripe.Customer): string[] {
  return compare('customers', [row], 'stripe_customer_id', [expectedCustomer(customer)]);
}

function compareDeleted(row: Row): string[] {
  const { stripe_customer_id: id, deleted_at: deletedAt, default_stripe_payment_method_id: method } = row;
  return id === null || (deletedAt !== null && method === null) ? [] : [`customers ${row.id}: is deleted at Stripe`];
}

/** Objects of all customers that a user has had. */
async function ofAll<T>(ids: readonly string[], list: (customer: string) => Promise<{ data: T[] }>): Promise<T[]> {
  return (await Promise.all(ids.map(list))).flatMap(({ data }) => data);
}

function expectedCustomer(customer: Stripe.Customer): Fields {
  return {
    stripe_customer_id: customer.id,
    email: customer.email,
    name: customer.name ?? null,
    phone: customer.phone ?? null,
    country: customer.address?.country ?? null,
    default_stripe_payment_method_id: idOf(customer.invoice_settings.default_payment_method),
    deleted_at: null,
    metadata: customer.metadata,
  };
}

async function comparePaymentMethods(
  app: TestedService,
  customerId: number,
  customer: Stripe.Customer | null,
): Promise<string[]> {
  const list = (id: string) => app.stripe.customers.listPaymentMethods(id, { limit: 100 });
  const data = await ofAll(customer === null ? [] : [customer.id], list);
  const stored = await rows(app, 'customer_payment_methods', 'customer_id', customerId);
  const expected = data.map((method) => ({
    stripe_payment_method_id: method.id,
    type: 'card',
    is_default: method.id === idOf(customer?.invoice_settings.default_payment_method),
    card_brand: method.card?.brand,
    card_last4: method.card?.last4,
    card_exp_month: method.card?.exp_month,
    card_exp_year: method.card?.exp_year,
    card_fingerprint: method.card?.fingerprint,
    metadata: method.metadata,
  }));
  const attached = stored.filter((row) => row.detached_at === null);
  return [
    ...compare('customer_payment_methods', attached, 'stripe_payment_method_id', expected),
    ...stored
      .filter((row) => row.detached_at !== null && row.is_default === true)
      .map((row) => `${String(row.stripe_payment_method_id)}: detached and the default`),
  ];
}

async function compareSubscriptions(app: TestedService, customerId: number, ids: readonly string[]): Promise<string[]> {
  const list = { status: 'all' as const, limit: 100, expand: ['data.discounts'] };
  const data = await ofAll(ids, (customer) => app.stripe.subscriptions.list({ customer, ...list }));
  const plans = Object.entries(app.prices).flatMap(([tier, prices]) =>
    Object.entries(prices).map(([interval, price]) => [price, { tier, interval }] as const),
  );
  const planOf = new Map(plans);
  const expected = data.map((subscription) => {
    const [item] = subscription.items.data;
    const [discount] = subscription.discounts;
    return {
      stripe_subscription_id: subscription.id,
      status: subscription.status,
      stripe_status: subscription.status,
      ...planOf.get(item?.price.id ?? ''),
      amount: major((item?.price.unit_amount ?? 0) * (item?.quantity ?? 1)),
      currency: subscription.currency,
      current_period_start: moment(item?.current_period_start),
      current_period_end: moment(item?.current_period_end),
      trial_start: moment(subscription.trial_start),
      trial_end: moment(subscription.trial_end),
      cancel_at_period_end: subscription.cancel_at_period_end,
      cancel_at: moment(subscription.cancel_at),
      canceled_at: moment(subscription.canceled_at),
      ended_at: moment(subscription.ended_at),
      cancellation_reason: subscription.cancellation_details?.comment ?? null,
      stripe_item_id: item?.id,
      stripe_price_id: item?.price.id,
      quantity: item?.quantity,
      stripe_default_payment_method_id: idOf(subscription.default_payment_method),
      latest_stripe_invoice_id: idOf(subscription.latest_invoice),
      stripe_schedule_id: idOf(subscription.schedule),
      stripe_coupon_id: typeof discount === 'object' ? idOf(discount.source.coupon) : null,
      has_pending_update: subscription.pending_update !== null,
      metadata: subscription.metadata,
    };
  });
  const stored = await rows(app, 'subscriptions', 'customer_id', customerId);
  return compare('subscriptions', stored, 'stripe_subscription_id', expected);
}

async function compareSchedules(app: TestedService, customerId: number, ids: readonly string[]): Promise<string[]> {
  const data = await ofAll(ids, (customer) => app.stripe.subscriptionSchedules.list({ customer, limit: 100 }));
  const expected = data.map((schedule) => {
    const runs = schedule.status === 'active' || schedule.status === 'not_started';
    const next = schedule.phases.find(({ start_date: start }) => start > (schedule.current_phase?.start_date ?? 0));
    return {
      stripe_schedule_id: schedule.id,
      stripe_subscription_id: idOf(schedule.subscription),
      status: schedule.status,
      next_stripe_price_id: runs ? idOf(next?.items[0]?.price) : null,
      next_phase_at: runs ? moment(next?.start_date) : null,
    };
  });
  const stored = await rows(app, 'subscription_schedules', 'customer_id', customerId);
  return compare('subscription_schedules', stored, 'stripe_schedule_id', expected);
}

async function compareInvoices(app: TestedService, customerId: number, ids: readonly string[]): Promise<string[]> {
  const data = await ofAll(ids, (customer) => app.stripe.invoices.list({ customer, limit: 100 }));
  const subscriptions = await idsOf(app, 'subscriptions', 'stripe_subscription_id', customerId);
  const expected = data.map((invoice) => {
    const subscription = idOf(invoice.parent?.subscription_details?.subscription);
    return {
      stripe_invoice_id: invoice.id,
      stripe_subscription_id: subscription,
      subscription_id: subscription === null ? null : (subscriptions.get(subscription) ?? 'no row'),
      number: invoice.number,
      status: invoice.status,
      billing_reason: invoice.billing_reason,
      total: major(invoice.total),
      amount_due: major(Math.max(0, invoice.amount_due)),
      amount_paid: major(Math.max(0, invoice.amount_paid)),
      amount_remaining: major(Math.max(0, invoice.amount_remaining)),
      currency: invoice.currency,
      description: invoice.description,
      attempt_count: invoice.attempt_count,
      next_payment_attempt: moment(invoice.next_payment_attempt),
      period_start: moment(invoice.period_start),
      period_end: moment(invoice.period_end),
      due_date: moment(invoice.due_date),
      paid_at: moment(invoice.status_transitions.paid_at),
      issued_at: moment(invoice.created),
      hosted_invoice_url: invoice.hosted_invoice_url ?? null,
      invoice_pdf: invoice.invoice_pdf ?? null,
      metadata: invoice.metadata,
    };
  });
  const stored = await rows(app, 'invoices', 'customer_id', customerId);
  return compare(
    'invoices',
    stored.filter((row) => row.deleted_at === null),
    'stripe_invoice_id',
    expected,
  );
}

async function comparePayments(app: TestedService, customerId: number, ids: readonly string[]): Promise<string[]> {
  const list = { limit: 100, expand: ['data.latest_charge'] };
  const data = await ofAll(ids, (customer) => app.stripe.paymentIntents.list({ customer, ...list }));
  const stored = await rows(app, 'payments', 'customer_id', customerId);
  const invoices = await idsOf(app, 'invoices', 'stripe_invoice_id', customerId);
  const methods = await idsOf(app, 'customer_payment_methods', 'stripe_payment_method_id', customerId);
  const expected = await Promise.all(data.map((intent) => expectedPayment(app, intent, invoices, methods)));
  const payments = compare('payments', stored, 'stripe_payment_intent_id', expected);
  const paymentOf = new Map(stored.map((row) => [row.stripe_payment_intent_id, row.id]));
  const refunds = await Promise.all(data.map((intent) => compareRefunds(app, intent.id, paymentOf.get(intent.id))));
  return [...payments, ...refunds.flat()];
}

async function expectedPayment(
  app: TestedService,
  intent: Stripe.PaymentIntent,
  invoices: ReadonlyMap<string, number>,
  methods: ReadonlyMap<string, number>,
): Promise<Fields> {
  const payment = { type: 'payment_intent', payment_intent: intent.id } as const;
  const [tie] = (await app.stripe.invoicePayments.list({ payment })).data;
  const invoice = idOf(tie?.invoice);
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const error = intent.last_payment_error;
  const method = idOf(intent.payment_method) ?? error?.payment_method?.id ?? null;
  return {
    stripe_payment_intent_id: intent.id,
    stripe_charge_id: charge?.id ?? null,
    stripe_invoice_id: invoice,
    invoice_id: invoice === null ? null : (invoices.get(invoice) ?? 'no row'),
    amount: major(intent.amount),
    amount_refunded: major(charge?.amount_refunded ?? 0),
    currency: intent.currency,
    status: paymentStatus(intent, charge),
    stripe_payment_method_id: method,
    ...(method !== null && methods.has(method) ? { payment_method_id: methods.get(method) } : {}),
    description: intent.description,
    failure_code: error?.decline_code ?? error?.code ?? null,
    failure_message: error?.message ?? null,
    receipt_url: charge?.receipt_url ?? null,
    metadata: intent.metadata,
  };
}

function paymentStatus(intent: Stripe.PaymentIntent, charge: Stripe.Charge | null): string {
  if (intent.status === 'processing' || intent.status === 'canceled') return intent.status;
  if (intent.status !== 'succeeded') return intent.last_payment_error === null ? 'pending' : 'failed';
  const refunded = charge?.amount_refunded ?? 0;
  if (refunded === 0) return 'succeeded';
  return refunded === charge?.amount ? 'refunded' : 'partially_refunded';
}

async function compareRefunds(app: TestedService, intent: string, paymentId: number | undefined): Promise<string[]> {
  const { data } = await app.stripe.refunds.list({ payment_intent: intent, limit: 100 });
  const expected = data.map((refund) => ({
    stripe_refund_id: refund.id,
    amount: major(refund.amount),
    currency: refund.currency,
    status: refund.status,
    reason: refund.reason,
    receipt_number: refund.receipt_number,
    metadata: refund.metadata,
  }));
  const stored = paymentId === undefined ? [] : await rows(app, 'refunds', 'payment_id', paymentId);
  return compare('refunds', stored, 'stripe_refund_id', expected);
}

function rows(app: TestedService, table: string, column: string, value: string | number): Promise<Row[]> {
  return app.dataSource.query<Row[]>(`select * from ${table} where ${column} = $1`, [value]);
}

async function idsOf(
  app: TestedService,
  table: string,
  column: string,
  customerId: number,
): Promise<Map<string, number>> {
  const found = await rows(app, table, 'customer_id', customerId);
  return new Map(found.map((row) => [String(row[column]), row.id]));
}

function compare(table: string, stored: readonly Row[], key: string, expected: readonly Fields[]): string[] {
  const rest = new Map(stored.map((row) => [row[key], row]));
  const found = expected.flatMap((wanted) => {
    const row = rest.get(wanted[key]);
    rest.delete(wanted[key]);
    if (row === undefined) return [`${table} ${String(wanted[key])}: has no row`];
    return Object.entries(wanted)
      .filter(([column, value]) => canonical(row[column]) !== canonical(value))
      .map(
        ([column, value]) =>
          `${table} ${String(wanted[key])}: ${column} is ${canonical(row[column])}, at Stripe ${canonical(value)}` +
          ` (version ${String(row.version)}, as of ${String(row.as_of_from)} to ${String(row.as_of_to)})`,
      );
  });
  return [...found, ...[...rest.keys()].map((id) => `${table} ${String(id)}: is not at Stripe`)];
}

/** Cents as the money columns print them. */
function major(cents: number): string {
  return (cents / 100).toFixed(3);
}

function moment(seconds: number | null | undefined): string | null {
  return seconds === null || seconds === undefined ? null : new Date(seconds * 1000).toISOString();
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, nested: unknown) =>
    nested !== null && typeof nested === 'object' && !Array.isArray(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([left], [right]) => (left < right ? -1 : 1)))
      : nested,
  );
}

import { type Context } from '../../kernel/context.js';
import { discountLines } from '../../rules/discounts.js';
import { blankCustomer } from '../customer/compute-customer.js';
import { type Customer } from '../customer/customer-type.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { type Discount, inForce } from '../discount/discount-type.js';
import { periodCharges } from '../subscription/compute-period-charges.js';
import { computeSubscription } from '../subscription/compute-subscription.js';
import { type CreateParameters } from '../subscription/subscription-parameters.js';
import { type Session, type SessionLine } from './checkout-session-type.js';
import { fullLineAmount } from './compute-session-lines.js';

/** What a session asks the person to pay today. Amounts in minor units. */
interface Priced {
  readonly lines: readonly SessionLine[];
  readonly trialEnd: number | null;
}

type Priceable = Pick<Session, 'mode' | 'currency' | 'discounts' | 'metadata'> & {
  readonly sandbox: Pick<Session['sandbox'], 'lines' | 'subscription_data'>;
};

function isRecurring(line: SessionLine): boolean {
  return Boolean(line.price?.recurring);
}

function discountEntries(session: Priceable): { coupon?: string; promotion_code?: string }[] {
  return (session.discounts ?? []).map(({ coupon, promotion_code: code }) => ({
    ...(coupon === null ? {} : { coupon }),
    ...(code === null ? {} : { promotion_code: code }),
  }));
}

/** The parameters of the subscription that a session in subscription mode makes. */
export function subscriptionParameters(session: Priceable): Omit<CreateParameters, 'customer'> {
  const { lines, subscription_data: data } = session.sandbox;
  return {
    ...data,
    ...(session.currency === null ? {} : { currency: session.currency }),
    items: lines.filter(isRecurring).map((line) => ({
      price: line.price?.id ?? '',
      ...(line.quantity === null ? {} : { quantity: line.quantity }),
      ...(line.metadata === null ? {} : { metadata: line.metadata }),
    })),
    add_invoice_items: lines
      .filter((line) => !isRecurring(line))
      .map((line) => ({ price: line.price?.id ?? '', quantity: line.quantity ?? 1 })),
    discounts: discountEntries(session),
    payment_behavior: 'default_incomplete',
    payment_settings: { save_default_payment_method: 'on_subscription' },
  };
}

/** What each line costs today before discounts, and the discounts that apply. */
function chargesToday(
  context: Context,
  session: Priceable,
  customer: Customer,
): { amounts: number[]; discounts: readonly Discount[]; trialEnd: number | null } {
  const { lines } = session.sandbox;
  if (session.mode !== 'subscription') {
    const target = { customer: customer.id, currency: session.currency ?? '' };
    const discounts = computeDiscounts(context, discountEntries(session), target);
    return { amounts: lines.map((line) => fullLineAmount(context, line)), discounts, trialEnd: null };
  }
  const sent = subscriptionParameters(session);
  const { subscription, discounts } = computeSubscription(context, customer, sent);
  const anchor = subscription.billing_cycle_anchor;
  const free = subscription.status === 'trialing' || (sent.proration_behavior === 'none' && anchor > context.now());
  const charges = free ? [] : periodCharges(context, subscription.items.data, anchor, subscription.currency);
  const amounts = lines.map((line) => {
    if (!isRecurring(line)) return fullLineAmount(context, line);
    return charges.find((charge) => charge.item.price.id === line.price?.id)?.amount ?? 0;
  });
  return { amounts, discounts, trialEnd: subscription.trial_end };
}

/**
 * Computes what a session costs today, by the rules of the subscription that it would make. Throws 400 for terms that
 * such a subscription could not have; stores nothing.
 */
function priceSession(context: Context, session: Priceable, customer: Customer | undefined): Priced {
  const { lines } = session.sandbox;
  const buyer = customer ?? blankCustomer(context);
  const { amounts, discounts, trialEnd } = chargesToday(context, session, buyer);
  const taken = discountLines(
    lines.map((line, index) => ({
      amount: amounts[index] ?? 0,
      discountable: true,
      product: line.price?.product ?? null,
    })),
    discounts.flatMap((discount) => inForce(context, discount) ?? []),
    session.currency ?? '',
  );
  const priced = lines.map((line, index) => {
    const subtotal = amounts[index] ?? 0;
    const discount = (taken[index] ?? []).reduce((sum, one) => sum + one.amount, 0);
    return { ...line, amount_subtotal: subtotal, amount_discount: discount, amount_total: subtotal - discount };
  });
  return { lines: priced, trialEnd };
}

/** The session with the amounts of its lines and its sums as they are now. */
export function withAmounts(context: Context, session: Session, customer: Customer | undefined): Session {
  if (session.mode === 'setup') return session;
  const { lines, trialEnd } = priceSession(context, session, customer);
  const sum = (amount: (line: SessionLine) => number) => lines.reduce((total, line) => total + amount(line), 0);
  return {
    ...session,
    amount_subtotal: sum((line) => line.amount_subtotal),
    amount_total: sum((line) => line.amount_total),
    total_details: { amount_discount: sum((line) => line.amount_discount), amount_shipping: 0, amount_tax: 0 },
    sandbox: { ...session.sandbox, lines, trial_end: trialEnd },
  };
}

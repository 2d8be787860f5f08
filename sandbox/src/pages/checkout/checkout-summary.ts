import { type Context } from '../../kernel/context.js';
import { type Session, type SessionLine } from '../../objects/checkout-session/checkout-session-type.js';
import { fullLineAmount } from '../../objects/checkout-session/compute-session-lines.js';
import { type Coupon, coupons } from '../../objects/coupon/coupon-type.js';
import { termsOf } from '../../objects/discount/discount-type.js';
import { promotionCodes } from '../../objects/promotion-code/promotion-code-type.js';
import { formatAmount } from '../../rules/currencies.js';
import { type DiscountInForce, amountOffIn, discountLines } from '../../rules/discounts.js';
import { type Html, html } from '../html.js';
import { amountRow, dateText } from '../layout.js';

/** What takes something off a session: the coupon, and the code that a person typed or the link carried. */
export interface SessionDiscount {
  readonly coupon: Coupon;
  readonly code: string | null;
}

/** The discounts of a session whose coupons exist. */
export function sessionDiscounts(context: Context, session: Session): SessionDiscount[] {
  return (session.discounts ?? []).flatMap(({ coupon: couponId, promotion_code: codeId }) => {
    const code = context.objects(promotionCodes).get(codeId ?? '');
    const coupon = context.objects(coupons).get(couponId ?? code?.promotion.coupon ?? '');
    return coupon === undefined ? [] : [{ coupon, code: code?.code ?? null }];
  });
}

function discountText({ coupon, code }: SessionDiscount, currency: string): string {
  const off =
    coupon.percent_off !== null
      ? `${coupon.percent_off}% off`
      : `${formatAmount(amountOffIn(termsOf(coupon), currency) ?? 0, currency)} off`;
  const months = coupon.duration_in_months ?? 1;
  const duration =
    coupon.duration === 'repeating'
      ? ` for ${months} month${months === 1 ? '' : 's'}`
      : coupon.duration === 'once'
        ? ' once'
        : '';
  return `${code ?? coupon.name ?? 'Discount'} (${off}${duration})`;
}

/** `month`, or `3 months`. */
function cadenceOf(line: SessionLine): string | null {
  const recurring = line.price?.recurring;
  if (!recurring) return null;
  const { interval, interval_count: count } = recurring;
  return count === 1 ? interval : `${count} ${interval}s`;
}

function asRule({ coupon }: SessionDiscount): DiscountInForce {
  return { id: coupon.id, coupon: termsOf(coupon) };
}

/** What the recurring lines cost for a whole period, by how often they are billed: cadence → minor units. */
function periodAmounts(
  context: Context,
  session: Session,
  discounts: readonly SessionDiscount[],
): ReadonlyMap<string, number> {
  const lines = session.sandbox.lines.filter((line) => cadenceOf(line) !== null);
  const amounts = lines.map((line) => fullLineAmount(context, line));
  const taken = discountLines(
    lines.map((line, index) => ({
      amount: amounts[index] ?? 0,
      discountable: true,
      product: line.price?.product ?? null,
    })),
    discounts.map(asRule),
    session.currency ?? '',
  );
  const sums = new Map<string, number>();
  lines.forEach((line, index) => {
    const off = (taken[index] ?? []).reduce((sum, { amount }) => sum + amount, 0);
    const cadence = cadenceOf(line) ?? '';
    sums.set(cadence, (sums.get(cadence) ?? 0) + (amounts[index] ?? 0) - off);
  });
  return sums;
}

/** What the subscription costs after today, e.g. `Then $29.00 per month`; null when nothing recurs. */
function laterText(context: Context, session: Session): string | null {
  if (session.mode !== 'subscription') return null;
  const currency = session.currency ?? 'usd';
  const discounts = sessionDiscounts(context, session);
  const lasting = discounts.filter(({ coupon }) => coupon.duration !== 'once');
  const parts = [...periodAmounts(context, session, lasting)].map(
    ([cadence, amount]) => `${formatAmount(amount, currency)} per ${cadence}`,
  );
  const metered = session.sandbox.lines.some((line) => line.price?.recurring?.usage_type === 'metered');
  const usage = metered ? ', plus what you use' : '';
  const start = session.sandbox.trial_end;
  if (start === null) return `Then ${parts.join(' and ')}${usage}`;
  const text = `From ${dateText(start)} ${parts.join(' and ')}${usage}`;
  if (lasting.length === discounts.length) return text;
  // A coupon for once waits for the first invoice that is not free.
  const first = [...periodAmounts(context, session, discounts).values()].reduce((sum, amount) => sum + amount, 0);
  return `${text}, after a first payment of ${formatAmount(first, currency)}`;
}

function lineRow(session: Session, line: SessionLine, context: Context): Html {
  const currency = session.currency ?? 'usd';
  const cadence = cadenceOf(line);
  const metered = line.price?.recurring?.usage_type === 'metered';
  const full = formatAmount(fullLineAmount(context, line), currency);
  const quantity = line.quantity === null || line.quantity === 1 ? '' : ` × ${line.quantity}`;
  return html`<div>
    <dt>
      ${line.description ?? 'Item'}${quantity}
      ${cadence !== null && html`<div class="soft small">${metered ? 'by use, ' : ''}billed every ${cadence}</div>`}
    </dt>
    <dd>${metered ? 'by use' : full}</dd>
  </div>`;
}

/** How long the trial of a session is, in words; null when there is none. */
function trialText(context: Context, session: Session): string | null {
  const { trial_end: end } = session.sandbox;
  if (end === null) return null;
  const days = Math.max(1, Math.round((end - context.now()) / 86_400));
  return `${days} day${days === 1 ? '' : 's'} free trial, until ${dateText(end)}`;
}

/** What a session sells: lines, trial, discount, what is due today and what afterwards. */
export function summary(context: Context, session: Session): Html {
  const currency = session.currency ?? 'usd';
  const discounts = sessionDiscounts(context, session);
  const trial = trialText(context, session);
  const later = laterText(context, session);
  const discount = session.total_details?.amount_discount ?? 0;
  return html`
    <dl class="rows">
      ${session.sandbox.lines.map((line) => lineRow(session, line, context))} ${trial !== null && amountRow(trial, '')}
      ${discounts.map((entry, index) =>
        amountRow(
          discountText(entry, currency),
          index === 0 && discount > 0 ? `−${formatAmount(discount, currency)}` : '',
        ),
      )}
      ${amountRow('Total due today', formatAmount(session.amount_total ?? 0, currency), true)}
    </dl>
    ${later !== null && html`<p class="soft">${later}</p>`}
  `;
}

import { type Context } from '../kernel/context.js';
import { type Kernel } from '../kernel/kernel.js';
import { type Buyer } from '../objects/checkout-session/checkout-session-type.js';
import {
  applyPromotionCode,
  completeSession,
  completeSessionAuthentication,
  needsCard,
  requireSession,
} from '../objects/checkout-session/complete-checkout-session.js';
import { checkCard } from '../objects/payment-method/check-card.js';
import { insertCard, insertSepaDebit, resolvePaymentMethod } from '../objects/payment-method/create-payment-method.js';
import { type PaymentMethod, NO_BILLING_DETAILS } from '../objects/payment-method/payment-method-type.js';
import { testIban } from '../rules/test-ibans.js';
import { type JsonObject } from '../wire.js';
import { ControlError } from './control-error.js';

function text(body: JsonObject, name: string): string | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new ControlError(400, `${name} must be a text`);
  return value;
}

/** What the control call names: a card's number, a test IBAN, a `pm_card_…` token or the id of a payment method. */
function methodOf(context: Context, card: string, buyer: Buyer): PaymentMethod {
  if (testIban(card) !== undefined) {
    return insertSepaDebit(context, card, { billing_details: { ...NO_BILLING_DETAILS, ...buyer } });
  }
  if (card.startsWith('pm_')) return resolvePaymentMethod(context, card, 'card');
  const expiry = { exp_month: 12, exp_year: new Date(context.now() * 1_000).getUTCFullYear() + 4 };
  return insertCard(context, checkCard(context, { number: card, ...expiry }), expiry);
}

/**
 * `{session, card, email, name, promotion_code, three_d_secure: 'succeed' | 'fail'}`: completes a Checkout session as
 * its page does. `card` defaults to 4242424242424242; a 3-D Secure step is passed unless it is to fail. Throws
 * `TransactionFailure` for a refused card.
 */
export async function completeCheckout(kernel: Kernel, body: JsonObject): Promise<object> {
  const id = text(body, 'session');
  const outcome = text(body, 'three_d_secure') ?? 'succeed';
  if (id === null) throw new ControlError(400, 'session is required');
  if (outcome !== 'succeed' && outcome !== 'fail') {
    throw new ControlError(400, 'three_d_secure must be "succeed" or "fail"');
  }
  const buyer = { email: text(body, 'email'), name: text(body, 'name') };
  const code = text(body, 'promotion_code');
  const card = text(body, 'card');
  const { result, durable } = kernel.transact(null, (context) => {
    if (code !== null) applyPromotionCode(context, requireSession(context, id), code);
    const session = requireSession(context, id);
    const wanted = card ?? (needsCard(session) ? '4242424242424242' : null);
    const method = wanted === null ? null : methodOf(context, wanted, buyer);
    const completion = completeSession(context, id, { method, ...buyer });
    return completion.status === 'complete'
      ? completion
      : completeSessionAuthentication(context, id, outcome === 'succeed');
  });
  await durable;
  const { session } = result;
  return {
    session: session.id,
    status: session.status,
    payment_status: session.payment_status,
    customer: session.customer,
    subscription: session.subscription,
    payment_intent: session.payment_intent,
    setup_intent: session.setup_intent,
  };
}

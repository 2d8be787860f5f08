import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { customers, requireCustomer } from '../customer/customer-type.js';
import { declineError } from './check-card.js';
import { resolvePaymentMethod } from './create-payment-method.js';
import { type PaymentMethod, paymentMethods, testCardOf } from './payment-method-type.js';

/**
 * Attaches a payment method (id or `pm_card_…` token) to a customer and emits `payment_method.attached`. Throws a 402
 * `card_error` for a card that cannot be attached, 400 when another customer has it. What it returns is what counts:
 * a token becomes a new id.
 */
export function attachPaymentMethod(context: Context, id: string, customerId: string): PaymentMethod {
  requireCustomer(context, customerId);
  const method = resolvePaymentMethod(context, id, id.startsWith('pm_card_') ? 'payment_method' : 'id');
  if (method.customer === customerId) return method;
  if (method.customer !== null) {
    throw invalidRequest('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
      param: 'payment_method',
    });
  }
  const { declineAttach } = testCardOf(method);
  if (declineAttach !== undefined) throw declineError(declineAttach);
  return markAttached(context, method, customerId);
}

/**
 * Records that a method belongs to a customer, without checking the card once more. One that was detached while its owner
 * passed 3-D Secure, by itself or because the customer was deleted, stays so.
 */
export function markAttached(
  context: Context,
  method: PaymentMethod,
  customerId: string,
  setUp = method.sandbox.set_up,
): PaymentMethod {
  const detached = method.customer === null && method.sandbox.consumed;
  if (detached || context.objects(customers).get(customerId) === undefined) return method;
  const attached = context.objects(paymentMethods).update(method.id, {
    customer: customerId,
    sandbox: { ...method.sandbox, set_up: setUp },
  });
  if (method.customer !== customerId) context.emit('payment_method.attached', attached);
  return attached;
}

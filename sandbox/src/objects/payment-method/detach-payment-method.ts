import { type Context } from '../../kernel/context.js';
import { customers } from '../customer/customer-type.js';
import { type PaymentMethod, paymentMethods } from './payment-method-type.js';

/** Detaches a method from its customer, clears it as the customer's default, and emits the events. */
export function detachPaymentMethod(context: Context, method: PaymentMethod): PaymentMethod {
  const detached = context.objects(paymentMethods).update(method.id, {
    customer: null,
    sandbox: { ...method.sandbox, consumed: true },
  });
  const owner = context.objects(customers).get(method.customer ?? '');
  if (owner?.invoice_settings.default_payment_method === method.id) {
    const after = context.objects(customers).update(owner.id, {
      invoice_settings: { ...owner.invoice_settings, default_payment_method: null },
    });
    context.emitUpdated('customer.updated', owner, after);
  }
  context.emit('payment_method.detached', detached, method);
  return detached;
}

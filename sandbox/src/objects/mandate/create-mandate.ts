import { type Context } from '../../kernel/context.js';
import { type PaymentMethod } from '../payment-method/payment-method-type.js';
import { type Acceptance } from './mandate-parameters.js';
import { type Mandate, mandates } from './mandate-type.js';

/** Stores the customer's consent to debits of a bank account. */
export function insertMandate(context: Context, method: PaymentMethod, acceptance: Acceptance): Mandate {
  const reference = context.newId('sandbox', 12).replace('_', '-').toUpperCase();
  const { online, type } = acceptance;
  return context.objects(mandates).insert({
    id: context.newId('mandate'),
    object: 'mandate',
    customer_acceptance: {
      accepted_at: acceptance.accepted_at ?? context.now(),
      ...(type === 'offline'
        ? { offline: {} }
        : { online: { ip_address: online?.ip_address ?? null, user_agent: online?.user_agent ?? null } }),
      type,
    },
    livemode: false,
    multi_use: {},
    payment_method: method.id,
    payment_method_details: {
      sepa_debit: { reference, url: `${context.url}/mandates/${reference}` },
      type: 'sepa_debit',
    },
    status: 'active',
    type: 'multi_use',
  });
}

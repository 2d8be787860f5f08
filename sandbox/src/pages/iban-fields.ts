import { invalidRequest } from '../errors/stripe-error.js';
import { type Context } from '../kernel/context.js';
import { insertSepaDebit } from '../objects/payment-method/create-payment-method.js';
import { type PaymentMethod, NO_BILLING_DETAILS } from '../objects/payment-method/payment-method-type.js';
import { type Html, html } from './html.js';
import { textField } from './layout.js';
import { type PageCall, field } from './page.js';

/** The fields of a bank account, for a session that takes no cards. The IBAN is never shown again. */
export function ibanFields(call: PageCall, name: string): Html {
  return html`
    ${textField(call, {
      name: 'iban',
      label: 'IBAN',
      placeholder: 'AT61 1904 3002 3457 3201',
      max: 50,
      params: ['sepa_debit[iban]'],
    })}
    ${textField(call, {
      name: 'name',
      label: 'Account holder',
      autocomplete: 'name',
      value: call.form.get('name') ?? name,
    })}
    <p class="soft small">
      Test accounts: AT611904300234573201 pays after a second, AT861904300235473202 fails after a second. By paying you
      agree that your (imaginary) account is debited.
    </p>
  `;
}

/** Makes a payment method of the typed bank account. Throws 400 for what is missing or is no test account. */
export function debitFromForm(context: Context, call: PageCall, email: string): PaymentMethod {
  const name = field(call, 'name');
  if (name === '') throw invalidRequest('The name of the account holder is required.', { param: 'name' });
  return insertSepaDebit(context, field(call, 'iban'), {
    billing_details: { ...NO_BILLING_DETAILS, email, name },
  });
}

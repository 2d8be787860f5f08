import { invalidRequest } from '../errors/stripe-error.js';
import { type Context } from '../kernel/context.js';
import { checkCard } from '../objects/payment-method/check-card.js';
import { insertCard } from '../objects/payment-method/create-payment-method.js';
import { type PaymentMethod, NO_BILLING_DETAILS, cardOf } from '../objects/payment-method/payment-method-type.js';
import { type Html, html } from './html.js';
import { textField } from './layout.js';
import { type PageCall, field } from './page.js';

/** Cards that a person may want to try, and what becomes of them. */
const SUGGESTIONS: readonly (readonly [number: string, outcome: string])[] = [
  ['4242 4242 4242 4242', 'succeeds'],
  ['4000 0027 6000 3184', 'asks for 3-D Secure'],
  ['4000 0000 0000 9995', 'declined: insufficient funds'],
  ['4000 0000 0000 0341', 'saved, but each later charge is declined'],
];

function suggestions(): Html {
  return html`<details class="small soft field">
    <summary>Test card numbers</summary>
    <p>Use any expiry date in the future and any CVC. All of Stripe’s test cards work here, for example:</p>
    <dl class="rows">
      ${SUGGESTIONS.map(
        ([number, outcome]) =>
          html`<div>
            <dt>${outcome}</dt>
            <dd><code>${number}</code></dd>
          </div>`,
      )}
    </dl>
  </details>`;
}

/** The fields of a new card. What was typed into them is never shown again, but for the name. */
export function cardFields(call: PageCall, options: { readonly name?: string } = {}): Html {
  return html`
    ${textField(call, {
      name: 'card_number',
      label: 'Card number',
      autocomplete: 'cc-number',
      placeholder: '4242 4242 4242 4242',
      numeric: true,
      max: 40,
      params: ['number'],
    })}
    <div class="pair">
      ${textField(call, {
        name: 'expiry',
        label: 'Expiry',
        autocomplete: 'cc-exp',
        placeholder: 'MM / YY',
        numeric: true,
        max: 12,
        params: ['exp_month', 'exp_year'],
      })}
      ${textField(call, { name: 'cvc', label: 'CVC', autocomplete: 'cc-csc', placeholder: '123', numeric: true, max: 8 })}
    </div>
    ${textField(call, {
      name: 'name',
      label: 'Name on card',
      autocomplete: 'cc-name',
      value: call.form.get('name') ?? options.name ?? '',
    })}
    ${suggestions()}
  `;
}

/** Month and year of `12/34`, `12 / 2034` or `1234`. Throws 400 for anything else. */
function expiryOf(typed: string): { exp_month: number; exp_year: number } {
  const [, month, year] = /^(\d{1,2})\s*[/.-]?\s*(\d{4}|\d{2})$/.exec(typed) ?? [];
  if (month === undefined || year === undefined) {
    throw invalidRequest("Your card's expiration date is incomplete.", { param: 'exp_month' });
  }
  return { exp_month: Number(month), exp_year: year.length === 2 ? 2_000 + Number(year) : Number(year) };
}

function required(call: PageCall, name: string, message: string, param: string): string {
  const typed = field(call, name);
  if (typed === '') throw invalidRequest(message, { param });
  return typed;
}

/** Makes a payment method of the typed card. Throws 400 for what is missing, 402 for a card that is refused. */
export function cardFromForm(context: Context, call: PageCall, email: string | null): PaymentMethod {
  const number = required(call, 'card_number', 'Your card number is incomplete.', 'number');
  const expiry = expiryOf(required(call, 'expiry', "Your card's expiration date is incomplete.", 'exp_month'));
  const cvc = required(call, 'cvc', "Your card's security code is incomplete.", 'cvc');
  const name = required(call, 'name', 'The name on the card is required.', 'name');
  const card = checkCard(context, { number, cvc, ...expiry });
  return insertCard(context, card, { ...expiry, billing_details: { ...NO_BILLING_DETAILS, email, name } });
}

const BRANDS: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

/** The pages offer saved cards, not bank accounts: those pay for Checkout sessions and payment intents only. */
export function isCard(method: PaymentMethod): boolean {
  return method.card !== undefined;
}

/** A saved card for people, e.g. `Visa •••• 4242, expires 12/2034`. */
export function cardText(method: PaymentMethod): string {
  const card = cardOf(method);
  const month = String(card.exp_month).padStart(2, '0');
  return `${BRANDS[card.brand] ?? card.brand} •••• ${card.last4}, expires ${month}/${card.exp_year}`;
}

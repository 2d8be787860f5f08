import { formatAmount } from '../rules/currencies.js';
import { type Html, html } from './html.js';
import { form } from './layout.js';
import { type PageCall } from './page.js';

/**
 * What a bank's page would ask: confirm the payment, or refuse it.
 * @param amount minor units; null when a card is only saved
 */
export function threeDSecureForm(call: PageCall, action: string, amount: number | null, currency: string | null): Html {
  return html`<main class="narrow">
    <div class="card">
      <h1>3-D Secure</h1>
      <p>
        ${
          amount === null
            ? 'Your bank asks you to confirm that this card may be saved.'
            : html`Your bank asks you to confirm the payment of
                <strong>${formatAmount(amount, currency ?? 'usd')}</strong>.`
        }
      </p>
      <p class="soft">This stands in for the page of a bank: choose what becomes of the step.</p>
      ${form(
        call,
        action,
        html`<div class="actions">
          <button name="outcome" value="complete">Complete</button>
          <button class="plain" name="outcome" value="fail">Fail</button>
        </div>`,
      )}
    </div>
  </main>`;
}

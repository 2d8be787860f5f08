import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Session } from '../../objects/checkout-session/checkout-session-type.js';
import {
  applyPromotionCode,
  completeSession,
  completeSessionAuthentication,
  needsCard,
  requireSession,
} from '../../objects/checkout-session/complete-checkout-session.js';
import { type PaymentMethod } from '../../objects/payment-method/payment-method-type.js';
import { cardFields, cardFromForm } from '../card-fields.js';
import { type Html, type Part, html } from '../html.js';
import { debitFromForm, ibanFields } from '../iban-fields.js';
import { alert, form, textField } from '../layout.js';
import { type PageAnswer, type PageCall, type PageRoute, field, webUrl } from '../page.js';
import { threeDSecureForm } from '../three-d-secure-form.js';
import { sessionDiscounts, summary } from './checkout-summary.js';

const BUTTONS: Readonly<Record<string, string>> = {
  book: 'Book',
  donate: 'Donate',
  pay: 'Pay',
  subscribe: 'Subscribe',
};
const BUTTON_OF_MODE: Readonly<Record<string, string>> = {
  payment: 'Pay',
  setup: 'Save card',
  subscription: 'Subscribe',
};

function sessionOf(call: PageCall): Session {
  return requireSession(call.context, call.names.session ?? '');
}

function pathOf(session: Session): string {
  return `/c/pay/${session.id}`;
}

/** Where a completed session leads: its success URL with the id of the session in place. */
function completed(session: Session): PageAnswer {
  const url = webUrl(session.success_url?.replaceAll('{CHECKOUT_SESSION_ID}', session.id));
  return url === null ? ended(session) : { redirect: url };
}

/** The page of a session that is not open any more. */
function ended(session: Session): PageAnswer {
  const isComplete = session.status === 'complete';
  const title = isComplete ? 'This Checkout is complete' : 'This Checkout has expired';
  const url = webUrl(
    isComplete ? session.success_url?.replaceAll('{CHECKOUT_SESSION_ID}', session.id) : session.cancel_url,
  );
  return {
    title,
    status: isComplete ? 200 : 410,
    content: html`<main class="narrow">
      <div class="card">
        <h1>${title}</h1>
        <p>
          ${
            isComplete
              ? 'Everything went through. There is nothing more to do here.'
              : 'The link is no longer active and nothing was charged. Please start again.'
          }
        </p>
        ${url !== null && html`<p><a href="${url}">${isComplete ? 'Continue' : 'Back'}</a></p>`}
      </div>
    </main>`,
  };
}

function knownEmail(session: Session): string | null {
  return session.customer_details?.email ?? session.customer_email;
}

function emailField(call: PageCall, session: Session): Html {
  const known = knownEmail(session);
  if (known !== null) {
    return html`<div class="field">
      <label for="email">Email</label>
      <input id="email" type="email" value="${known}" readonly />
    </div>`;
  }
  return textField(call, {
    name: 'email',
    label: 'Email',
    type: 'email',
    autocomplete: 'email',
    value: field(call, 'email'),
  });
}

function promotionForm(call: PageCall, session: Session): Part {
  if (session.allow_promotion_codes !== true) return null;
  const [applied] = sessionDiscounts(call.context, session);
  if (applied !== undefined) {
    return form(
      call,
      pathOf(session),
      html`<button class="plain" name="intent" value="remove_code">Remove ${applied.code ?? 'the discount'}</button>`,
    );
  }
  return form(
    call,
    pathOf(session),
    html`${textField(call, {
        name: 'promotion_code',
        label: 'Promotion code',
        value: field(call, 'promotion_code'),
        max: 100,
      })} <button class="plain" name="intent" value="apply_code">Apply</button>`,
  );
}

/** The page asks for a card where the session takes one, else for a bank account. */
function takesCards(session: Session): boolean {
  return session.payment_method_types.includes('card');
}

function payForm(call: PageCall, session: Session): Html {
  const label = BUTTONS[session.submit_type ?? ''] ?? BUTTON_OF_MODE[session.mode] ?? 'Pay';
  const message = session.custom_text.submit?.message;
  const name = session.customer_details?.name;
  return form(
    call,
    pathOf(session),
    html`${emailField(call, session)}
      ${
        needsCard(session)
          ? takesCards(session)
            ? cardFields(call, name ? { name } : {})
            : ibanFields(call, name ?? '')
          : textField(call, {
              name: 'name',
              label: 'Name',
              autocomplete: 'name',
              value: field(call, 'name'),
              optional: true,
            })
      }
      ${message && html`<p class="soft small">${message}</p>`}
      <button class="wide" name="intent" value="pay">${label}</button>`,
  );
}

function heading(session: Session): string {
  if (session.mode === 'setup') return 'Save a card';
  const first = session.sandbox.lines[0]?.description ?? 'your order';
  return session.mode === 'subscription' ? `Subscribe to ${first}` : `Pay for ${first}`;
}

function open(call: PageCall, session: Session): PageAnswer {
  const back = webUrl(session.cancel_url);
  const title = heading(session);
  const hasSummary = session.mode !== 'setup';
  return {
    title,
    leavesSite: true,
    content: html`<main class="${hasSummary ? '' : 'narrow'}">
      ${back !== null && html`<p><a href="${back}">← Back</a></p>`}
      <div class="${hasSummary ? 'columns' : ''}">
        ${
          hasSummary &&
          html`<section class="card" aria-label="Summary">
            <h1>${title}</h1>
            ${summary(call.context, session)} ${promotionForm(call, session)}
          </section>`
        }
        <section class="card" aria-label="Payment">
          ${hasSummary ? html`<h2>${takesCards(session) ? 'Pay with card' : 'Pay by SEPA debit'}</h2>` : html`<h1>${title}</h1>`}
          ${alert(call)} ${payForm(call, session)}
        </section>
      </div>
    </main>`,
  };
}

function show(call: PageCall): PageAnswer {
  const session = sessionOf(call);
  return session.status === 'open' ? open(call, session) : ended(session);
}

function emailOf(call: PageCall, session: Session): string {
  const email = knownEmail(session) ?? field(call, 'email');
  if (email === '') throw invalidRequest('An email address is required.', { param: 'email' });
  return email;
}

function methodFromForm(context: Context, call: PageCall, session: Session, email: string): PaymentMethod {
  return takesCards(session) ? cardFromForm(context, call, email) : debitFromForm(context, call, email);
}

function pay(context: Context, call: PageCall, session: Session): PageAnswer {
  const email = emailOf(call, session);
  const method = needsCard(session) ? methodFromForm(context, call, session, email) : null;
  const name = field(call, 'name');
  const outcome = completeSession(context, session.id, { method, email, name: name === '' ? null : name });
  return outcome.status === 'complete' ? completed(outcome.session) : { redirect: `${pathOf(session)}/3ds` };
}

function submit(call: PageCall): PageAnswer {
  const { context } = call;
  const session = sessionOf(call);
  if (session.status === 'complete') return completed(session);
  if (session.status !== 'open') return ended(session);
  switch (field(call, 'intent')) {
    case 'apply_code':
      applyPromotionCode(context, session, field(call, 'promotion_code'));
      return { redirect: pathOf(session) };
    case 'remove_code':
      applyPromotionCode(context, session, '');
      return { redirect: pathOf(session) };
    default:
      return pay(context, call, session);
  }
}

/** The page of a Checkout session. Sending it twice pays once: a complete session only redirects. */
export const checkoutPage: PageRoute = { path: '/c/pay/:session', show, submit };

/** The 3-D Secure step of a session; once it is over, or failed, the session's own page is shown. */
export const checkoutAuthenticationPage: PageRoute = {
  path: '/c/pay/:session/3ds',
  show(call) {
    const session = sessionOf(call);
    if (call.error !== null || session.status !== 'open' || session.sandbox.attempt === null) return show(call);
    const amount = session.amount_total;
    return {
      title: '3-D Secure',
      leavesSite: true,
      content: threeDSecureForm(call, call.path, amount === 0 ? null : amount, session.currency),
    };
  },
  submit(call) {
    const session = sessionOf(call);
    if (session.status === 'complete') return completed(session);
    if (session.status !== 'open' || session.sandbox.attempt === null) return { redirect: pathOf(session) };
    return completed(
      completeSessionAuthentication(call.context, session.id, field(call, 'outcome') === 'complete').session,
    );
  },
};

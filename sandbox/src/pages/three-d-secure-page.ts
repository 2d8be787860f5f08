import { type Context } from '../kernel/context.js';
import { completeAuthentication } from '../objects/payment-intent/pay-payment-intent.js';
import { type PaymentIntent, paymentIntents } from '../objects/payment-intent/payment-intent-type.js';
import { completeSetupAuthentication } from '../objects/setup-intent/confirm-setup-intent.js';
import { type SetupIntent, setupIntents } from '../objects/setup-intent/setup-intent-type.js';
import { html } from './html.js';
import { PageNotFound } from './page-not-found.js';
import { type PageAnswer, type PageCall, type PageRoute, field, webUrl, withQuery } from './page.js';
import { threeDSecureForm } from './three-d-secure-form.js';

type Intent = PaymentIntent | SetupIntent;

function intentOf(call: PageCall): Intent {
  const id = call.names.intent ?? '';
  const intent = call.context.objects(paymentIntents).get(id) ?? call.context.objects(setupIntents).get(id);
  if (intent === undefined) throw new PageNotFound();
  return intent;
}

/** What Stripe appends to the return URL, so that the site behind it can look the intent up. */
function resultParameters(intent: Intent): Record<string, string> {
  const status = intent.status === 'succeeded' || intent.status === 'requires_capture' ? 'succeeded' : 'failed';
  return {
    [intent.object]: intent.id,
    [`${intent.object}_client_secret`]: intent.client_secret ?? '',
    redirect_status: status,
  };
}

/** Back to where the payment began; to a page of this sandbox without the client secret in the address. */
function returned(context: Context, intent: Intent): PageAnswer {
  const url = webUrl(intent.sandbox.return_url);
  if (url === null) return over(intent);
  return { redirect: url.startsWith(`${context.url}/`) ? url : withQuery(url, resultParameters(intent)) };
}

/** The page after the step when the intent says no place to return to. */
function over(intent: Intent): PageAnswer {
  const { redirect_status: status } = resultParameters(intent);
  const title = status === 'succeeded' ? '3-D Secure is complete' : '3-D Secure is over';
  return {
    title,
    content: html`<main class="narrow">
      <div class="card">
        <h1>${title}</h1>
        <p>
          ${
            status === 'succeeded'
              ? 'The card has been confirmed. You can close this page.'
              : 'There is nothing to confirm here. If the payment is not done yet, go back and try it again.'
          }
        </p>
      </div>
    </main>`,
  };
}

/** The step that `next_action.redirect_to_url` of a payment or setup intent leads to. */
export const threeDSecurePage: PageRoute = {
  path: '/3ds/:intent',
  show(call) {
    const intent = intentOf(call);
    if (intent.status !== 'requires_action') return over(intent);
    const isPayment = intent.object === 'payment_intent';
    return {
      title: '3-D Secure',
      leavesSite: true,
      content: threeDSecureForm(call, call.path, isPayment ? intent.amount : null, isPayment ? intent.currency : null),
    };
  },
  submit(call) {
    const { context } = call;
    const intent = intentOf(call);
    if (intent.status === 'requires_action') {
      const passed = field(call, 'outcome') === 'complete';
      if (intent.object === 'payment_intent') completeAuthentication(context, intent.id, passed);
      else completeSetupAuthentication(context, intent.id, passed);
    }
    return returned(context, intentOf(call));
  },
};

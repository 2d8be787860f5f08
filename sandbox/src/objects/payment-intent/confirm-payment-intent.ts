import { StripeError, invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Values } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { type JsonObject } from '../../wire.js';
import { type mandateData } from '../mandate/mandate-parameters.js';
import { type PaymentMethod, paymentMethods } from '../payment-method/payment-method-type.js';
import { debitForIntent } from './debit-payment-intent.js';
import { type PaymentOutcome, payIntent } from './pay-payment-intent.js';
import { type PaymentIntent, unexpectedState } from './payment-intent-type.js';

interface Confirmation {
  readonly off_session?: boolean | 'one_off' | 'recurring';
  readonly error_on_requires_action?: boolean;
  readonly mandate_data?: Values<{ mandate_data: typeof mandateData }>['mandate_data'];
}

/** An intent takes only the types of payment methods that it was made for. */
function checkType(intent: PaymentIntent, method: PaymentMethod): void {
  if (intent.payment_method_types.includes(method.type)) return;
  throw invalidRequest(
    `The PaymentMethod provided (${method.type}) is not allowed for this PaymentIntent. Please attach a PaymentMethod ` +
      `of one of these types: ${intent.payment_method_types.join(', ')}.`,
    { code: 'payment_intent_invalid_parameter', param: 'payment_method' },
  );
}

export const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

/** Confirms an intent with its payment method. A declined card becomes a 402 that carries the intent. */
export function confirm(context: Context, intent: PaymentIntent, sent: Confirmation): PaymentIntent {
  if (!CONFIRMABLE.includes(intent.status)) throw unexpectedState(context, intent, 'confirm', CONFIRMABLE);
  if (intent.payment_method === null) {
    throw new StripeError(400, {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message:
        'You cannot confirm this PaymentIntent because it’s missing a payment method. You can either update the ' +
        'PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.',
      payment_intent: context.present(intent) as JsonObject,
    });
  }
  const method = context.objects(paymentMethods).require(intent.payment_method);
  checkType(intent, method);
  const acceptance = sent.mandate_data?.customer_acceptance;
  if (method.type === 'sepa_debit') {
    if (acceptance !== undefined) return debitForIntent(context, intent, method, acceptance);
    throw invalidRequest('A mandate is needed to debit the bank account: please provide `mandate_data`.', {
      code: 'parameter_missing',
      param: 'mandate_data',
    });
  }
  if (acceptance !== undefined) throw notSupported('mandates for cards', 'mandate_data');
  const isOffSession = sent.off_session !== undefined && sent.off_session !== false;
  const outcome = payIntent(context, intent, {
    method,
    offSession: isOffSession,
    whenAuthenticationIsNeeded: isOffSession || sent.error_on_requires_action === true ? 'fail' : 'wait',
  });
  return intentOf(context, outcome);
}

function intentOf(context: Context, outcome: PaymentOutcome): PaymentIntent {
  if (outcome.status !== 'failed') return outcome.intent;
  const method = outcome.intent.last_payment_error?.payment_method as JsonObject | undefined;
  throw new StripeError(
    402,
    {
      ...outcome.error,
      payment_intent: context.present(outcome.intent) as JsonObject,
      ...(method === undefined ? {} : { payment_method: method }),
    },
    true,
  );
}

import { type StripeError, cardError } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Decline, type TestCard, hasValidCheckDigit, testCardByNumber } from '../../rules/test-cards.js';
import { type JsonObject } from '../../wire.js';

/** The `card_error` for a refusal, with the fields that Stripe adds. */
export function declineError(
  decline: Decline,
  extra: { charge?: string; payment_intent?: JsonObject; setup_intent?: JsonObject; payment_method?: JsonObject } = {},
): StripeError {
  const { blocked: _blocked, ...shown } = decline;
  return cardError({ ...shown, ...extra });
}

export interface CardInput {
  readonly number: string;
  /** 1–12. */
  readonly exp_month: number;
  /** Four digits. */
  readonly exp_year: number;
  readonly cvc?: string;
}

/** Checks a typed-in card as Stripe's form does and returns its test card. Throws a 402 `card_error`. */
export function checkCard(context: Context, input: CardInput): TestCard {
  const number = input.number.replaceAll(/[\s-]/g, '');
  const today = new Date(context.now() * 1_000);
  const refuse = (code: string, message: string, param: string): never => {
    throw cardError({ code, message, param });
  };
  if (!hasValidCheckDigit(number)) refuse('incorrect_number', 'Your card number is incorrect.', 'number');
  if (input.exp_month < 1 || input.exp_month > 12) {
    refuse('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month');
  }
  const year = input.exp_year < 100 ? input.exp_year + 2_000 : input.exp_year;
  const past = year * 12 + input.exp_month < today.getUTCFullYear() * 12 + today.getUTCMonth() + 1;
  if (past || year > today.getUTCFullYear() + 50) {
    refuse('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year');
  }
  if (input.cvc !== undefined && !/^\d{3,4}$/.test(input.cvc)) {
    refuse('invalid_cvc', "Your card's security code is invalid.", 'cvc');
  }
  const card = testCardByNumber(number);
  if (card !== undefined) return card;
  throw cardError({
    code: 'card_declined',
    decline_code: 'test_mode_live_card',
    message:
      'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, ' +
      'visit: https://stripe.com/docs/testing.',
  });
}

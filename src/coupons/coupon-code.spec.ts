import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { candidateIds, couponRefusal } from './coupon-code.js';

type Facts = Partial<{ code: string; param: string }>;
const refused = (facts: Facts) =>
  new Stripe.errors.StripeInvalidRequestError({ type: 'invalid_request_error', statusCode: 400, ...facts });

describe('candidateIds', () => {
  it('asks Stripe for the spelling that was typed first, if it is known', () => {
    expect(candidateIds('Save20', ['SAVE20', 'Save20'])).toEqual(['Save20', 'SAVE20', 'save20']);
  });

  it('asks for the known spellings before it guesses', () => {
    expect(candidateIds('save20', ['Save20'])).toEqual(['Save20', 'save20', 'SAVE20']);
  });

  it('guesses as typed, in upper and in lower case, each once', () => {
    expect(candidateIds('Save20', [])).toEqual(['Save20', 'SAVE20', 'save20']);
    expect(candidateIds('SAVE20', [])).toEqual(['SAVE20', 'save20']);
    expect(candidateIds('2026', [])).toEqual(['2026']);
  });
});

describe('couponRefusal', () => {
  it.each<Facts>([
    { param: 'discounts[0][coupon]' },
    { param: 'coupon' },
    { param: 'promotion_code' },
    { param: 'discounts', code: 'resource_missing' },
    { code: 'coupon_expired' },
    { code: 'promotion_code_customer_not_first_time' },
  ])('says 400 with the code as it was written for a refusal with %j', (facts) => {
    expect(couponRefusal(refused(facts), ' Save20 ')).toMatchObject({
      code: 'invalid_coupon',
      status: 400,
      detail: 'Invalid coupon:  Save20 ',
    });
  });

  it.each<Facts>([{}, { param: 'items[0][price]' }, { param: 'customer', code: 'resource_missing' }])(
    'leaves a refusal with %j, which is about something else',
    (facts) => {
      expect(couponRefusal(refused(facts), 'SAVE20')).toBeNull();
    },
  );

  it("leaves what is no refusal: a declined card, Stripe's failures, an error of ours", () => {
    const declined = new Stripe.errors.StripeCardError({ type: 'card_error', code: 'card_declined', param: 'coupon' });
    const away = new Stripe.errors.StripeConnectionError({ type: 'api_error', message: 'away' });
    expect([declined, away, new TypeError('coupon')].map((error) => couponRefusal(error, 'SAVE20'))).toEqual([
      null,
      null,
      null,
    ]);
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  TEST_CARDS,
  hasValidCheckDigit,
  needsAuthentication,
  testCardByNumber,
  testCardByToken,
} from './test-cards.js';

describe('test cards', () => {
  it('are found by number and by each of their tokens, of both kinds', () => {
    for (const card of TEST_CARDS) {
      expect(testCardByNumber(card.number)).toBe(card);
      for (const name of card.tokens) {
        expect(testCardByToken(`pm_card_${name}`)).toBe(card);
        expect(testCardByToken(`tok_${name}`)).toBe(card);
      }
    }
    expect(testCardByToken('pm_card_nothing')).toBeUndefined();
    expect(testCardByToken('visa')).toBeUndefined();
  });

  it('have numbers and tokens of their own', () => {
    const numbers = TEST_CARDS.map(({ number }) => number);
    const tokens = TEST_CARDS.flatMap((card) => card.tokens);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it.each([
    ['4242424242424242', true],
    ['378282246310005', true],
    ['4242424242424241', false],
    ['4242 4242 4242 4242', false],
    ['', false],
  ])('the check digit of "%s" is right: %s', (number, valid) => {
    expect(hasValidCheckDigit(number)).toBe(valid);
  });

  it.each([
    [undefined, [false, false, false, false]],
    ['always', [true, true, true, true]],
    ['unless_set_up', [true, true, true, false]],
    ['on_session', [true, true, false, false]],
  ] as const)('3-D Secure %s: on and off session, not set up and set up', (authentication, needed) => {
    const card = { ...TEST_CARDS[0], authentication } as (typeof TEST_CARDS)[number];
    const circumstances = [false, true].flatMap((offSession) => [false, true].map((setUp) => ({ offSession, setUp })));
    expect(circumstances.map((one) => needsAuthentication(card, one))).toEqual(needed);
  });
});

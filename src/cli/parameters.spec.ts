import { describe, expect, it } from '@jest/globals';
import { addressOf, countUpTo, notBlank, rateOf } from './parameters.js';

/** The text of the refusal; null when the parameter is taken. */
function refusal(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the parameters of a command', () => {
  it('may ask for as many calls a second as Stripe allows with a live key, also for a part of one', () => {
    expect([rateOf('20'), rateOf('100'), rateOf('0.5')]).toEqual([20, 100, 0.5]);
    for (const text of ['0', '-1', '101', 'fast', '', 'NaN'])
      expect(refusal(() => rateOf(text))).toBe('It must be a number up to 100.');
  });

  it('count from one to a limit, in whole numbers', () => {
    expect([countUpTo(100)('1'), countUpTo(100)('100')]).toEqual([1, 100]);
    for (const text of ['0', '101', '1.5', 'x', ''])
      expect(refusal(() => countUpTo(100)(text))).toBe('It must be an integer from 1 to 100.');
  });

  it('name an address that is one', () => {
    expect(addressOf('https://api.example.com/webhook')).toBe('https://api.example.com/webhook');
    expect(refusal(() => addressOf('api.example.com'))).toBe('It must be an address.');
  });

  it('are not blank, and stay as they were written', () => {
    expect(notBlank(' ada ')).toBe(' ada ');
    expect(refusal(() => notBlank(' \t'))).toBe('It must not be blank.');
  });
});

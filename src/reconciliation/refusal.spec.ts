import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { refusalOf } from './refusal.js';

const failed = (code: string) => new QueryFailedError('insert', [], Object.assign(new Error('x'), { code }));

describe('refusalOf', () => {
  it.each(['22001', '22003', '23502', '23514'])(
    'sees in %s a value that the table refuses: the others go on',
    (code) => {
      expect(refusalOf(failed(code))).toBe(code);
    },
  );

  it.each(['57P01', '53300', '42P01', '08006'])('sees in %s a database that is not there for any of them', (code) => {
    expect(refusalOf(failed(code))).toBeNull();
  });

  it('sees in an object that cannot be mapped that object alone', () => {
    expect(refusalOf(new TypeError('Cannot read properties of undefined'))).toBe('TypeError');
    expect(refusalOf(new RangeError('Money needs whole minor units'))).toBe('RangeError');
  });

  it.each([new Error('Stripe is away'), 'thrown', null])('sees none in %p', (error) => {
    expect(refusalOf(error)).toBeNull();
  });
});

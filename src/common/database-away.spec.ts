import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { isDatabaseAway } from './database-away.js';

const coded = (code: string, facts: object = {}) => Object.assign(new Error('x'), { code, ...facts });
const failed = (code: string) => new QueryFailedError('select', [], coded(code));

describe('isDatabaseAway', () => {
  it.each(['08006', '53300', '57P01', '57P03', '57014', '55P03', '25006', '28P01', '40001'])(
    'takes a query that failed with %s for it',
    (code) => expect(isDatabaseAway(failed(code))).toBe(true),
  );

  it.each(['23505', '22003', '42P01', '42703', 'P0001'])('takes %s for a bug', (code) =>
    expect(isDatabaseAway(failed(code))).toBe(false),
  );

  it.each([
    coded('ECONNREFUSED'),
    coded('ENOENT', { syscall: 'connect' }),
    new Error('Connection terminated unexpectedly'),
    new Error('Connection terminated due to connection timeout'),
    new Error('timeout exceeded when trying to connect'),
    new Error('Client has encountered a connection error and is not queryable'),
    new QueryFailedError('select', [], new Error('Connection terminated unexpectedly')),
  ])('takes %p for it', (error) => expect(isDatabaseAway(error)).toBe(true));

  it.each([coded('ENOENT', { syscall: 'open' }), new Error('x'), new TypeError('x'), null, 'Connection terminated'])(
    'takes %p for something else',
    (error) => expect(isDatabaseAway(error)).toBe(false),
  );
});

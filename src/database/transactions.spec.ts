import { describe, expect, it, jest } from '@jest/globals';
import { type DataSource, QueryFailedError } from 'typeorm';
import { isInsideTransaction } from '../common/transaction-context.js';
import { sqlState, Transactions, violatedConstraint } from './transactions.js';

const failed = (code: string, constraint?: string) =>
  new QueryFailedError('select', [], Object.assign(new Error('x'), { code, constraint }));

/** Transactions on a database that fails so often with each of these errors before it commits. */
function transactions(...errors: Error[]) {
  const transaction = jest.fn((work: (manager: unknown) => Promise<unknown>) => {
    const error = errors.shift();
    return error === undefined ? work({}) : Promise.reject(error);
  });
  return { transaction, subject: new Transactions({ transaction } as unknown as DataSource) };
}

describe('what is read of a failed query', () => {
  it('is its SQLSTATE and the constraint that it violated', () => {
    const violation = failed('23505', 'customers_user_id_key');
    expect([sqlState(violation), violatedConstraint(violation)]).toEqual(['23505', 'customers_user_id_key']);
  });

  it('is nothing of any other error, also of one with a code', () => {
    const other = Object.assign(new Error('x'), { code: '23505', constraint: 'a' });
    expect([sqlState(other), violatedConstraint(other), sqlState(null)]).toEqual([undefined, undefined, undefined]);
  });
});

describe('Transactions', () => {
  it('runs the work inside, where no call to Stripe may start', async () => {
    expect(await transactions().subject.run(() => Promise.resolve(isInsideTransaction()))).toBe(true);
    expect(isInsideTransaction()).toBe(false);
  });

  it.each(['40001', '40P01'])('runs it again after %s, as PostgreSQL asks for', async (code) => {
    const { subject, transaction } = transactions(failed(code), failed(code));
    expect(await subject.run(() => Promise.resolve('committed'))).toBe('committed');
    expect(transaction).toHaveBeenCalledTimes(3);
  });

  it('gives up after five tries', async () => {
    const { subject, transaction } = transactions(...Array.from({ length: 9 }, () => failed('40001')));
    await expect(subject.run(() => Promise.resolve())).rejects.toMatchObject({ driverError: { code: '40001' } });
    expect(transaction).toHaveBeenCalledTimes(5);
  });

  it('passes on every other error at once', async () => {
    const { subject, transaction } = transactions(failed('23505'));
    await expect(subject.run(() => Promise.resolve())).rejects.toBeInstanceOf(QueryFailedError);
    expect(transaction).toHaveBeenCalledTimes(1);
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Kernel } from './kernel.js';

const NO_EVENTS = { emit: () => undefined, emitUpdated: () => false, committed: () => undefined };

describe('the time of a transaction', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('stands still, though a second passes in the midst of it', async () => {
    const kernel = new Kernel([], NO_EVENTS, () => undefined);
    let milliseconds = 1_800_000_000_000;
    jest.spyOn(Date, 'now').mockImplementation(() => (milliseconds += 1_000));
    const { result } = kernel.transact(null, (context) => [context.now(), context.now(), context.now(null)]);
    expect(new Set(result).size).toBe(1);
    expect(kernel.transact(null, (context) => context.now()).result).toBeGreaterThan(result[0] ?? 0);
    await kernel.close();
  });
});

import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WokenTask } from './woken-task.js';

const HOUR = 3_600;
let task: WokenTask | null = null;
afterEach(async () => {
  await task?.stop();
});

/** A task whose runs are waited for one by one. */
function taskOf(work: (run: number) => void) {
  let runs = 0;
  let next: () => void = () => undefined;
  const errors: unknown[] = [];
  const until = async (count: number) => {
    while (runs < count) await new Promise<void>((resolve) => (next = resolve));
    await new Promise((resolve) => setImmediate(resolve));
  };
  const run = () => {
    runs += 1;
    next();
    return Promise.resolve(work(runs));
  };
  task = new WokenTask(HOUR, run, (error) => errors.push(error));
  task.start();
  return { task, until, errors, runs: () => runs };
}

describe('a task that is woken', () => {
  it('runs at the start, and again whenever it is woken, also while it runs', async () => {
    const { task, until, runs } = taskOf((run) => {
      if (run === 2) task.wake();
    });
    await until(1);
    task.wake();
    await until(3);
    expect(runs()).toBe(3);
  });

  it('goes on after a failed run', async () => {
    const { task, until, errors } = taskOf((run) => {
      if (run === 1) throw new Error('away');
    });
    await until(1);
    task.wake();
    await until(2);
    expect(errors).toHaveLength(1);
  });

  it('knows nothing of the context that it is woken in', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { task, until } = taskOf(() => seen.push(context.getStore()));
    await until(1);
    context.run('a transaction', () => task.wake());
    await until(2);
    expect(seen).toEqual([undefined, undefined]);
  });
});

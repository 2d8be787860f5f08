import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PeriodicTask } from './periodic-task.js';

describe('PeriodicTask', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  function counting(work: () => Promise<unknown> = () => Promise.resolve()) {
    const run = jest.fn(work);
    const errors: unknown[] = [];
    return { run, errors, task: new PeriodicTask(10, run, (error) => errors.push(error)) };
  }

  it('begins at once and comes again after its pause', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const { run, task } = counting();
    void task.start();
    expect(run).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(9_999);
    expect(run).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(2);
    await task.stop();
  });

  it.each([
    [0, 8_000],
    [0.999_999, 12_000],
  ])(
    'has a pause that differs by a fifth, so that instances do not march in step (random %d)',
    async (random, pause) => {
      jest.spyOn(Math, 'random').mockReturnValue(random);
      const { run, task } = counting();
      void task.start();
      await jest.advanceTimersByTimeAsync(pause - 10);
      expect(run).toHaveBeenCalledTimes(1);
      await jest.advanceTimersByTimeAsync(20);
      expect(run).toHaveBeenCalledTimes(2);
      await task.stop();
    },
  );

  it('tells of a run that failed and comes again all the same', async () => {
    const failure = new Error('away');
    const { run, errors, task } = counting(() => Promise.reject(failure));
    void task.start();
    await jest.advanceTimersByTimeAsync(13_000);
    expect([run.mock.calls.length, errors]).toEqual([2, [failure, failure]]);
    await task.stop();
  });

  it('begins the pause when a run has ended: two never overlap', async () => {
    let end: () => void = () => undefined;
    const { run, task } = counting(() => new Promise<void>((resolve) => (end = resolve)));
    void task.start();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(run).toHaveBeenCalledTimes(1);
    end();
    await jest.advanceTimersByTimeAsync(13_000);
    expect(run).toHaveBeenCalledTimes(2);
    end();
    await task.stop();
  });

  it('lets the present run end when it is stopped, and begins none after it', async () => {
    let end: () => void = () => undefined;
    const { run, task } = counting(() => new Promise<void>((resolve) => (end = resolve)));
    void task.start();
    let stopped = false;
    const stopping = task.stop().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(stopped).toBe(false);
    end();
    await stopping;
    await jest.advanceTimersByTimeAsync(60_000);
    expect([run.mock.calls.length, jest.getTimerCount()]).toEqual([1, 0]);
  });
});

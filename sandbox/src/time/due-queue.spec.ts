import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DueQueue } from './due-queue.js';

describe('the queue of what falls due', () => {
  it('gives each timeline its moments in order, and those of one moment in the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(null, 'clock_1'), fc.nat(20))), (given) => {
        const queue = new DueQueue();
        given.forEach(([timeline, at], position) => queue.push(timeline, String(position), at));
        for (const wanted of [null, 'clock_1']) {
          const expected = given
            .map(([timeline, at], position) => ({ timeline, at, id: String(position) }))
            .filter(({ timeline }) => timeline === wanted)
            .sort((left, right) => left.at - right.at || Number(left.id) - Number(right.id))
            .map(({ id }) => id);
          const taken: string[] = [];
          for (let item = queue.pop(wanted); item !== undefined; item = queue.pop(wanted)) taken.push(item.id);
          expect(taken).toEqual(expected);
        }
      }),
    );
  });

  it('shows the next without taking it', () => {
    const queue = new DueQueue();
    queue.push(null, 'later', 2);
    queue.push(null, 'sooner', 1);
    expect([queue.peek(null)?.id, queue.peek(null)?.id, queue.pop(null)?.id]).toEqual(['sooner', 'sooner', 'sooner']);
    expect(queue.peek('clock_1')).toBeUndefined();
    queue.clear();
    expect(queue.pop(null)).toBeUndefined();
  });
});

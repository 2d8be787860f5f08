import { describe, expect, it } from '@jest/globals';
import { type Delivery } from '../objects/event/delivery-type.js';
import { DeliveryQueue } from './delivery-queue.js';

const delivery = (id: string, subject: string): Delivery => ({
  id,
  object: 'sandbox.delivery',
  event: `evt_${id}`,
  endpoint: 'we_1',
  subject,
  attempts: 0,
  state: 'pending',
  next_attempt_at: 0,
  last_error: null,
});

describe('the queue of an endpoint', () => {
  it('gives deliveries in order, but those about one object one after the other', () => {
    const queue = new DeliveryQueue();
    for (const [id, subject] of ['ax', 'bx', 'cy', 'dx'].map((name) => [...name])) {
      queue.push(delivery(id ?? '', subject ?? ''));
    }
    expect([queue.take()?.id, queue.take()?.id, queue.take()]).toEqual(['a', 'c', undefined]);
    expect([queue.size, queue.running]).toEqual([2, 2]);
    expect(queue.done('x')?.id).toBe('b');
    expect(queue.done('y')).toBeUndefined();
    expect(queue.done('x')?.id).toBe('d');
    expect(queue.done('x')).toBeUndefined();
    expect([queue.size, queue.running]).toEqual([0, 0]);
  });

  it('forgets what it has given when thousands have passed', () => {
    const queue = new DeliveryQueue();
    for (let number = 0; number < 3_000; number += 1) queue.push(delivery(String(number), String(number)));
    for (let number = 0; number < 3_000; number += 1) {
      const taken = queue.take();
      expect(taken?.id).toBe(String(number));
      queue.done(taken?.subject ?? '');
    }
    expect(queue.size).toBe(0);
  });
});

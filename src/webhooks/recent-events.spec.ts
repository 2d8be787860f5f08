import { describe, expect, it } from '@jest/globals';
import { RecentEvents } from './recent-events.js';
import { readEvent, type StripeEvent } from './stripe-event.js';

function event(id: string): StripeEvent {
  const read = readEvent(Buffer.from(JSON.stringify({ id, type: 'invoice.paid', data: { object: { id: 'in_1' } } })));
  if (read === null) throw new Error('no event');
  return read;
}

describe('RecentEvents', () => {
  it('hands the content of an event over once', () => {
    const recent = new RecentEvents();
    const stored = event('evt_1');
    recent.keep(stored, 100);
    expect(recent.take('evt_1')).toBe(stored);
    expect(recent.take('evt_1')).toBeUndefined();
  });

  it('keeps the newest 200, and none with a long body', () => {
    const recent = new RecentEvents();
    for (let count = 0; count <= 200; count++) recent.keep(event(`evt_${count}`), 100);
    recent.keep(event('evt_long'), 1_000_000);
    expect(['evt_0', 'evt_1', 'evt_200', 'evt_long'].map((id) => recent.take(id)?.eventId)).toEqual([
      undefined,
      'evt_1',
      'evt_200',
      undefined,
    ]);
  });

  it('hands nothing over after a replay, which reads what is stored', () => {
    const recent = new RecentEvents();
    recent.keep(event('evt_1'), 100);
    recent.forget();
    expect(recent.take('evt_1')).toBeUndefined();
  });
});

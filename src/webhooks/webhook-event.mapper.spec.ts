import { describe, expect, it } from '@jest/globals';
import { WebhookEvent } from './webhook-event.entity.js';
import { toWebhookEventDetailsDto, toWebhookEventDto } from './webhook-event.mapper.js';

function row(changes: Partial<WebhookEvent> = {}): WebhookEvent {
  const values = {
    id: '1',
    eventId: 'evt_1',
    type: 'invoice.paid',
    state: 'done',
    reason: null,
    objectId: 'in_1',
    stripeCustomerId: 'cus_1',
    attempts: 1,
    nextAttemptAt: new Date('2026-11-22T10:05:00Z'),
    receivedAt: new Date('2026-11-22T10:00:00Z'),
    processedAt: new Date('2026-11-22T10:00:01Z'),
    lastError: null,
    payload: Buffer.from('{"id":"evt_1"}'),
  };
  return Object.assign(new WebhookEvent(), values, changes);
}

describe('an event of the inbox as an operator sees it', () => {
  it('has no number of ours and, in lists, no content', () => {
    expect(toWebhookEventDto(row())).toEqual({
      event_id: 'evt_1',
      type: 'invoice.paid',
      state: 'done',
      reason: null,
      object_id: 'in_1',
      stripe_customer_id: 'cus_1',
      attempts: 1,
      next_attempt_at: null,
      received_at: '2026-11-22T10:00:00.000Z',
      processed_at: '2026-11-22T10:00:01.000Z',
    });
  });

  it.each(['received', 'processing'] as const)('has a next attempt while it is %s', (state) => {
    expect(toWebhookEventDto(row({ state, processedAt: null }))).toMatchObject({
      next_attempt_at: '2026-11-22T10:05:00.000Z',
      processed_at: null,
    });
  });

  it.each(['ignored', 'failed'] as const)('has none once it is %s', (state) => {
    expect(toWebhookEventDto(row({ state })).next_attempt_at).toBeNull();
  });

  it.each([
    ['{"id":"evt_1","data":{}}', { id: 'evt_1', data: {} }],
    ['not JSON', 'not JSON'],
    ['"a text"', '"a text"'],
    ['', ''],
  ])('shows its content %j as JSON where it is an object, else as it came', (payload, content) => {
    expect(toWebhookEventDetailsDto(row({ payload: Buffer.from(payload) })).payload).toEqual(content);
  });

  it('shows the last error beside the content', () => {
    expect(toWebhookEventDetailsDto(row({ lastError: 'TypeError: x' }))).toMatchObject({
      event_id: 'evt_1',
      last_error: 'TypeError: x',
    });
  });
});

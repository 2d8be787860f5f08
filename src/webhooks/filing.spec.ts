import { describe, expect, it } from '@jest/globals';
import { filingOf } from './filing.js';
import { readEvent } from './stripe-event.js';

function file(changes: object, livemode = false): string {
  const data = { object: { id: 'in_1', object: 'invoice' } };
  const event = { id: 'evt_1', object: 'event', type: 'invoice.paid', created: 1, livemode: false, data, ...changes };
  const { state, reason } = filingOf(readEvent(Buffer.from(JSON.stringify(event))), livemode);
  return reason === null ? state : `${state}: ${reason}`;
}

describe('how a delivery is stored', () => {
  it('is for the worker, where its type has a route', () => {
    expect(file({})).toBe('received');
  });

  it('is ignored with the reason, where its type has none', () => {
    expect(file({ type: 'radar.early_fraud_warning.created' })).toBe('ignored: unknown_type');
  });

  it('is ignored where it comes from a connected account', () => {
    expect(file({ account: 'acct_1' })).toBe('ignored: connected_account');
  });

  it('has failed where its mode is not that of the key, in both directions', () => {
    expect(file({ livemode: true })).toBe('failed: livemode_mismatch');
    expect(file({ livemode: false }, true)).toBe('failed: livemode_mismatch');
    expect(file({ livemode: true }, true)).toBe('received');
    expect(file({ livemode: undefined }, true)).toBe('received');
  });

  it('is ignored in whichever mode, where nobody handles its type', () => {
    expect(file({ livemode: true, type: 'radar.early_fraud_warning.created' })).toBe('ignored: unknown_type');
  });

  it('has failed where it is no event, and is kept all the same', () => {
    expect(filingOf(null, false)).toEqual({ state: 'failed', reason: 'unparsable' });
  });
});

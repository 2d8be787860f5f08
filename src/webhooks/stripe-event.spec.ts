import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readEvent, unreadable } from './stripe-event.js';

const read = (content: unknown) => readEvent(Buffer.from(JSON.stringify(content)));
const SNAPSHOT = {
  id: 'evt_1',
  object: 'event',
  type: 'invoice.paid',
  created: 1_795_341_600,
  api_version: '2026-10-28.endive',
  livemode: false,
  data: { object: { id: 'in_1', object: 'invoice', customer: 'cus_1' } },
};
const THIN = {
  id: 'evt_2',
  object: 'v2.core.event',
  type: 'v1.invoice.paid',
  created: '2026-11-22T10:00:00.900Z',
  livemode: true,
  related_object: { id: 'in_1', type: 'invoice', url: '/v1/invoices/in_1' },
};

describe('readEvent', () => {
  it('reads a snapshot event', () => {
    expect(read(SNAPSHOT)).toEqual({
      eventId: 'evt_1',
      type: 'invoice.paid',
      apiVersion: '2026-10-28.endive',
      livemode: false,
      account: null,
      created: 1_795_341_600,
      object: SNAPSHOT.data.object,
      related: null,
      objectId: 'in_1',
      stripeCustomerId: 'cus_1',
    });
  });

  it('reads a thin event, which names its object only, in whole seconds and without the v1 of its type', () => {
    expect(read(THIN)).toEqual({
      eventId: 'evt_2',
      type: 'invoice.paid',
      apiVersion: null,
      livemode: true,
      account: null,
      created: 1_795_341_600,
      object: null,
      related: { id: 'in_1', type: 'invoice', url: '/v1/invoices/in_1' },
      objectId: 'in_1',
      stripeCustomerId: null,
    });
  });

  it('has an event about a customer be of that customer, in either kind', () => {
    const object = { id: 'cus_1', object: 'customer' };
    expect(read({ ...SNAPSHOT, data: { object } })?.stripeCustomerId).toBe('cus_1');
    const related_object = { id: 'cus_1', type: 'customer', url: '/v1/customers/cus_1' };
    expect(read({ ...THIN, related_object })?.stripeCustomerId).toBe('cus_1');
  });

  it('takes the customer of an object expanded or not', () => {
    const object = { id: 'in_1', object: 'invoice', customer: { id: 'cus_2' } };
    expect(read({ ...SNAPSHOT, data: { object } })?.stripeCustomerId).toBe('cus_2');
  });

  it('reads the connected account that an event comes from', () => {
    expect(read({ ...SNAPSHOT, account: 'acct_1' })?.account).toBe('acct_1');
  });

  it.each([undefined, null, 'yesterday', 1.5, 2 ** 60, 2 ** 53 - 1, -1, 946_684_799, 4_102_444_800])(
    'does not know when an event happened that is stamped %p',
    (created) => {
      expect(read({ ...SNAPSHOT, created })?.created).toBeNull();
    },
  );

  it('knows when an event happened between 2000 and 2100', () => {
    for (const created of [946_684_800, 4_102_444_799]) expect(read({ ...SNAPSHOT, created })?.created).toBe(created);
  });

  it('leaves out the name of an API version that its column does not take', () => {
    expect(read({ ...SNAPSHOT, api_version: 'x'.repeat(100) })?.apiVersion).toHaveLength(100);
    expect(read({ ...SNAPSHOT, api_version: 'x'.repeat(101) })?.apiVersion).toBeNull();
  });

  it('leaves out what no column takes: empty, too long, with NUL, no text', () => {
    for (const value of ['', 'x'.repeat(256), 'a\0b', 5, {}]) {
      const object = { id: value, object: 'invoice', customer: value };
      expect(read({ ...SNAPSHOT, api_version: value, data: { object } })).toMatchObject({
        apiVersion: null,
        objectId: null,
        stripeCustomerId: null,
      });
    }
  });

  it.each([
    ['no id', { ...SNAPSHOT, id: undefined }],
    ['no type', { ...SNAPSHOT, type: null }],
    ['no object', { ...SNAPSHOT, data: {} }],
    ['a list for its object', { ...SNAPSHOT, data: { object: [] } }],
    ['a list', [SNAPSHOT]],
    ['a text', 'evt_1'],
    ['null', null],
  ])('takes %s for no event', (_name, content) => {
    expect(read(content)).toBeNull();
  });

  it('never throws, whatever the bytes are: a signed delivery is kept', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        readEvent(Buffer.from(bytes));
      }),
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        readEvent(Buffer.from(json));
      }),
    );
  });
});

describe('what is no event', () => {
  it('is known by the hash of its bytes, so that the same delivery is kept once', () => {
    expect(unreadable(Buffer.from(''))).toEqual({
      eventId: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      type: null,
      objectId: null,
      stripeCustomerId: null,
      apiVersion: null,
      livemode: null,
      created: null,
      account: null,
    });
    expect(unreadable(Buffer.from('a')).eventId).not.toBe(unreadable(Buffer.from('b')).eventId);
  });
});

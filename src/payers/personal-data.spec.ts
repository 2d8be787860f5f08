import { describe, expect, it } from '@jest/globals';
import { withoutPersonalData } from './personal-data.js';

const blanked = (event: object) => {
  const payload = withoutPersonalData(Buffer.from(JSON.stringify(event)));
  return payload === null ? null : (JSON.parse(payload.toString()) as object);
};

describe('an event without what is personal', () => {
  it('keeps its ids, amounts and statuses, however deep', () => {
    const event = {
      id: 'evt_1',
      data: {
        object: {
          id: 'in_1',
          customer: 'cus_1',
          customer_email: 'ada@example.com',
          amount_due: 2900,
          lines: {
            data: [{ id: 'il_1', description: 'For Ada', metadata: { billing_payer: 'user:1', order: 'Ada' } }],
          },
        },
        previous_attributes: { name: 'Ada', address: { line1: 'x' } },
      },
    };
    expect(blanked(event)).toEqual({
      id: 'evt_1',
      data: {
        object: {
          id: 'in_1',
          customer: 'cus_1',
          customer_email: null,
          amount_due: 2900,
          lines: { data: [{ id: 'il_1', description: null, metadata: { billing_payer: 'user:1', order: '' } }] },
        },
        previous_attributes: { name: null, address: null },
      },
    });
  });

  it('is none where nothing is personal, and of what cannot be read', () => {
    expect(blanked({ id: 'evt_1', data: { object: { id: 'in_1', customer_email: null } } })).toBeNull();
    expect(withoutPersonalData(Buffer.from('ada@example.com'))).toBeNull();
  });
});

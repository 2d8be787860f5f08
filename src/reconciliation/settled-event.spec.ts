import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { newestSettled } from './settled-event.js';

const NOW = 1_795_341_600;
const page = (...ages: number[]) => ({
  events: ages.map((age) => ({ id: `evt_${age}`, created: NOW - age }) as unknown as Stripe.Event),
  hasMore: false,
  answeredAt: NOW,
});

describe('newestSettled', () => {
  it('passes over events of the last five minutes, before which Stripe may still list another one', () => {
    expect(newestSettled(page(0, 299, 300, 400))?.id).toBe('evt_300');
  });

  it("goes by Stripe's clock, not ours", () => {
    expect(newestSettled({ ...page(0), answeredAt: NOW + 300 })?.id).toBe('evt_0');
  });

  it('is none where all are young, or none is listed', () => {
    expect(newestSettled(page(0, 299))).toBeUndefined();
    expect(newestSettled(page())).toBeUndefined();
  });
});

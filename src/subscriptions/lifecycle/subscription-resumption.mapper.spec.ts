import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { toResumeParams } from './subscription-resumption.mapper.js';

const NOW = 1_795_000_000;

function anchorOf(reason: string, periodEnd: number): string | undefined {
  const subscription = {
    items: { data: [{ current_period_end: periodEnd }] },
    status_details: { paused: { type: 'subscription', transitioned_at: NOW - 60, subscription: { type: reason } } },
  } as unknown as Stripe.Subscription;
  return toResumeParams(subscription, NOW).billing_cycle_anchor?.type;
}

describe('the period that a subscription is resumed with', () => {
  it('is a new one where the last is over', () => {
    expect(anchorOf('pause_requested', NOW - 1)).toBe('now');
    expect(anchorOf('final_payment_failure', NOW - 1)).toBe('now');
  });

  it('is the one that still runs where it was paid for: paused on request, or its invoice paid meanwhile', () => {
    expect(anchorOf('pause_requested', NOW + 1)).toBe('unchanged');
    expect(anchorOf('final_payment_failure', NOW + 1)).toBe('unchanged');
  });

  it('is a new one after a trial, which nobody paid for', () => {
    expect(anchorOf('trial_end_without_payment_method', NOW + 1)).toBe('now');
  });

  it('begins only once it is paid', () => {
    const subscription = { items: { data: [] } } as unknown as Stripe.Subscription;
    expect(toResumeParams(subscription, NOW).payment_behavior).toBe('resume_on_payment_success');
  });
});

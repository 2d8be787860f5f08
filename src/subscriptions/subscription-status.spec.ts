import { describe, expect, it } from '@jest/globals';
import { getMetadataArgsStorage } from 'typeorm';
import { Subscription } from './subscription.entity.js';
import {
  isLive,
  isUnknownStatus,
  LIVE_STATUSES,
  SUBSCRIPTION_STATUSES,
  toSubscriptionStatus,
} from './subscription-status.js';

describe('the status of a subscription', () => {
  it('is live unless Stripe has ended it', () => {
    expect(SUBSCRIPTION_STATUSES.filter((status) => !isLive(status))).toEqual(['canceled', 'incomplete_expired']);
  });

  it('is live in the same states for the rules and for the index that allows one live subscription a customer', () => {
    const { where } =
      getMetadataArgsStorage().indices.find(
        ({ target, unique, where }) => target === Subscription && unique === true && where !== undefined,
      ) ?? {};
    const named = /status IN \((.*?)\)/.exec(String(where))?.[1]?.split(', ');
    expect(named?.sort()).toEqual(LIVE_STATUSES.map((status) => `'${status}'`).sort());
  });

  it.each(SUBSCRIPTION_STATUSES)("is Stripe's own where it is %s", (status) => {
    expect([toSubscriptionStatus(status), isUnknownStatus(status)]).toEqual([status, false]);
  });

  it('is live where Stripe has a new word for it, and the word is told as unknown', () => {
    expect(isLive(toSubscriptionStatus('hibernating'))).toBe(true);
    expect(isUnknownStatus('hibernating')).toBe(true);
  });
});

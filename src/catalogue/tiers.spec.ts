import { describe, expect, it } from '@jest/globals';
import { BillingError } from '../common/billing-error.js';
import { parseInterval, parseTier, rank } from './tiers.js';

function refusal(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof BillingError) return { code: error.code, status: error.status, detail: error.detail };
    throw error;
  }
  return null;
}

describe('parseTier', () => {
  it('takes a tier without regard to case and surrounding spaces', () => {
    expect([' Starter', 'PROFESSIONAL', 'enterprise\n'].map(parseTier)).toEqual([
      'starter',
      'professional',
      'enterprise',
    ]);
  });

  it.each(['free', 'gold', '', 'Free ', 'custom', 'constructor'])(
    'refuses %j with the text as it was written',
    (text) => {
      expect(refusal(() => parseTier(text))).toEqual({
        code: 'invalid_tier',
        status: 400,
        detail: `Invalid tier: ${text}`,
      });
    },
  );
});

describe('parseInterval', () => {
  it('takes month and year only', () => {
    expect([parseInterval('month'), parseInterval('year')]).toEqual(['month', 'year']);
  });

  it.each(['Month', 'decade', '', ' year', 'day'])('refuses %j with the text as it was written', (text) => {
    expect(refusal(() => parseInterval(text))).toEqual({
      code: 'invalid_interval',
      status: 400,
      detail: `Invalid interval: ${text}`,
    });
  });
});

describe('rank', () => {
  it('puts enterprise above professional above starter', () => {
    expect(rank('enterprise')).toBeGreaterThan(rank('professional'));
    expect(rank('professional')).toBeGreaterThan(rank('starter'));
  });
});

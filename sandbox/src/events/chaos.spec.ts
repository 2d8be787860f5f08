import { describe, expect, it } from '@jest/globals';
import { CALM, Chaos } from './chaos.js';

const decisions = (seed: number, count: number) => {
  const chaos = new Chaos();
  chaos.configure({ seed, duplicate: 0.5, reorder: 0.5, drop_until_retry: 0.5 });
  return Array.from({ length: count }, () => chaos.decide());
};

describe('chaos', () => {
  it('leaves deliveries alone by itself', () => {
    expect(new Chaos().decide()).toEqual({
      duplicate: false,
      delayMs: 0,
      dropFirst: false,
      oldVersionFirst: false,
      wrongSignatureFirst: false,
      dropForGood: false,
    });
  });

  it('decides the same for the same seed, and otherwise for another', () => {
    expect(decisions(7, 50)).toEqual(decisions(7, 50));
    expect(decisions(7, 50)).not.toEqual(decisions(8, 50));
  });

  it('does what always happens to every delivery, for as long as it was asked', () => {
    const chaos = new Chaos();
    chaos.configure({ delay: 1, delay_seconds: 3, drop_for_good: 1 });
    expect(chaos.decide()).toMatchObject({ delayMs: 3_000, dropForGood: true, duplicate: false });
    chaos.calm();
    expect(chaos.settings).toEqual(CALM);
  });

  it('rounds the times of events down', () => {
    const chaos = new Chaos();
    expect(chaos.eventTime(1_234)).toBe(1_234);
    chaos.configure({ stamp_seconds: 10 });
    expect(chaos.eventTime(1_234)).toBe(1_230);
    chaos.configure({ same_second: true });
    expect(chaos.eventTime(1_234)).toBe(1_200);
  });

  it.each([
    [{ duplicate: 2 }, 'duplicate must be a number from 0 to 1'],
    [{ seed: 'x' }, 'seed must be a number'],
    [{ unheard: 1 }, 'unknown chaos settings: unheard'],
  ])('refuses %j', (settings, message) => {
    expect(() => new Chaos().configure(settings)).toThrow(message);
  });
});

import { describe, expect, it } from '@jest/globals';
import { networkOf, RateLimiter } from './rate-limiter.js';

describe('RateLimiter', () => {
  it('lets a caller call up to the limit, and again once the window that its first call began has ended', () => {
    let now = 1000;
    const limiter = new RateLimiter(2, 60, () => now);
    expect(limiter.count('a')).toBe(0);
    now += 20;
    expect(limiter.count('a')).toBe(0);
    expect(limiter.count('a')).toBe(40);
    expect(limiter.count('b')).toBe(0);
    now += 39.5;
    expect(limiter.count('a')).toBe(0.5);
    now += 0.5;
    expect(limiter.count('a')).toBe(0);
  });

  it('keeps nothing of callers whose window has ended', () => {
    let now = 0;
    const limiter = new RateLimiter(1, 60, () => now);
    for (let caller = 0; caller < 1000; caller++, now += 1) limiter.count(String(caller));
    expect((limiter as unknown as { windows: Map<string, unknown> }).windows.size).toBe(60);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:0001:2::9', '2001:db8:1:2'],
    ['2001:db8::1:2:3', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

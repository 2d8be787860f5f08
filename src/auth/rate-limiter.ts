import { isIPv6 } from 'node:net';

/**
 * Counts calls in windows of fixed length that begin with a caller's first call. In the memory of this process only:
 * behind a load balancer each instance counts for itself.
 */
export class RateLimiter {
  /** In the order in which the windows end, since all are equally long. */
  private readonly windows = new Map<string, { calls: number; endsAt: number }>();

  /**
   * @param limit calls that a caller may make in a window
   * @param monotonicSeconds the present on a clock that never jumps
   */
  constructor(
    private readonly limit: number,
    private readonly windowSeconds: number,
    private readonly monotonicSeconds: () => number,
  ) {}

  /** Counts a call. Returns 0 when it is within the limit, else the seconds until the caller's window ends. */
  count(caller: string): number {
    const now = this.monotonicSeconds();
    this.forgetEnded(now);
    const window = this.windows.get(caller) ?? { calls: 0, endsAt: now + this.windowSeconds };
    this.windows.set(caller, window);
    window.calls += 1;
    return window.calls > this.limit ? window.endsAt - now : 0;
  }

  private forgetEnded(now: number): void {
    for (const [caller, { endsAt }] of this.windows) {
      if (endsAt > now) return;
      this.windows.delete(caller);
    }
  }
}

/** The network that one caller can have to itself: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail = ''] = address.split('::', 2);
  const left = groupsOf(head);
  const zeros = 8 - left.length - groupsOf(tail).length;
  return [...left, ...Array<string>(address.includes('::') ? zeros : 0).fill('0'), ...groupsOf(tail)]
    .slice(0, 4)
    .join(':');
}

function groupsOf(half: string): string[] {
  return half.split(':').flatMap((group) => (group === '' ? [] : [Number.parseInt(group, 16).toString(16)]));
}

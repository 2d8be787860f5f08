import { type Clock } from '../common/clock.js';

/** Spreads calls evenly over time. */
export class Pace {
  private nextAt = 0;

  constructor(
    private readonly perSecond: number,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the next call may be made. */
  async next(): Promise<void> {
    const now = this.clock.monotonicSeconds();
    const at = Math.max(now, this.nextAt);
    this.nextAt = at + 1 / this.perSecond;
    if (at > now) await new Promise((resolve) => setTimeout(resolve, (at - now) * 1000));
  }
}

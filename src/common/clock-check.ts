import { Injectable, Logger } from '@nestjs/common';
import { Readiness } from './readiness.js';

/** Seconds that the clock of this machine may be off. */
const TOLERANCE_SECONDS = 30;

/** A clock that the one of this machine is compared with. */
export type OtherClock = 'PostgreSQL' | 'Stripe';

/**
 * Knows whether the clock of this machine is right. One that is not takes the process out of readiness (part `clock`) and
 * of all repair: what is old or young for it is not for the others.
 */
@Injectable()
export class ClockCheck {
  private readonly logger = new Logger(ClockCheck.name);
  private readonly wrong = new Set<OtherClock>();

  constructor(readiness: Readiness) {
    readiness.register('clock', () => this.isRight());
  }

  isRight(): boolean {
    return this.wrong.size === 0;
  }

  /** @param secondsAhead how far this machine's clock is ahead at least; negative: behind */
  note(other: OtherClock, secondsAhead: number): void {
    const isWrong = Math.abs(secondsAhead) > TOLERANCE_SECONDS;
    if (isWrong === this.wrong.has(other)) return;
    if (isWrong) {
      this.wrong.add(other);
      const facts = { seconds_ahead: Math.round(secondsAhead) };
      this.logger.error(facts, `The clock of this machine differs from that of ${other}: set it right`);
    } else {
      this.wrong.delete(other);
      this.logger.log(`The clock of this machine agrees with that of ${other} again`);
    }
  }
}

/** How far a clock is surely ahead of another one that was read somewhere between two moments of it; negative: behind. */
export function surelyAhead(before: number, after: number, other: number): number {
  if (before > other) return before - other;
  return after < other ? after - other : 0;
}

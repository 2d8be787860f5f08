import { Injectable } from '@nestjs/common';

/** The one source of time. Everything is UTC. */
@Injectable()
export class Clock {
  /** The present moment. */
  now(): Date {
    return new Date();
  }

  /** Whole seconds since 1970, UTC: Stripe's unit. */
  epochSeconds(): number {
    return Math.floor(this.now().getTime() / 1000);
  }

  /** Seconds on a clock that never jumps; only differences mean anything. */
  monotonicSeconds(): number {
    return performance.now() / 1000;
  }

  /** The moment `seconds` from now. */
  secondsFromNow(seconds: number): Date {
    return new Date(this.now().getTime() + seconds * 1000);
  }
}

/** Stripe's whole seconds since 1970 as a Date; null and undefined become null. */
export function dateFromEpochSeconds(seconds: number | null | undefined): Date | null {
  return seconds === null || seconds === undefined ? null : new Date(seconds * 1000);
}

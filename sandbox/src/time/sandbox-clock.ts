/** The name of a timeline: a test clock's id, or null for the sandbox's own time. */
export type Timeline = string | null;

/**
 * The simulated time. The sandbox's own time is real time plus an offset; a test clock's time stands still at its
 * frozen time. While work falls due, its timeline shows the due moment.
 */
export class SandboxClock {
  private readonly running = new Map<Timeline, number>();

  /**
   * @param offset seconds by which the sandbox is ahead of real time
   * @param frozenTime the frozen time of a test clock, in seconds since 1970, or undefined when there is none
   */
  constructor(
    private readonly offset: () => number,
    private readonly frozenTime: (testClock: string) => number | undefined,
  ) {}

  /** Seconds since 1970, UTC. */
  now(timeline: Timeline = null): number {
    const running = this.running.get(timeline);
    if (running !== undefined) return running;
    const frozen = timeline === null ? undefined : this.frozenTime(timeline);
    return frozen ?? realSeconds() + this.offset();
  }

  /** Shows a due moment on a timeline until `resume`. */
  show(timeline: Timeline, moment: number): void {
    this.running.set(timeline, moment);
  }

  resume(timeline: Timeline): void {
    this.running.delete(timeline);
  }
}

/** Real time in whole seconds since 1970. */
export function realSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

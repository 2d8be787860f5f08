interface Entry {
  at: number;
  work: () => void;
}

/** Simulated time: work runs in the order of its moments, one piece after the other. */
export class Agenda {
  private readonly entries: Entry[] = [];
  private current = 0;

  /** Seconds since the beginning. */
  get now(): number {
    return this.current;
  }

  after(seconds: number, work: () => void): void {
    const at = this.current + seconds;
    let position = this.entries.length;
    while (position > 0 && (this.entries[position - 1]?.at ?? 0) <= at) position -= 1;
    // Latest first, and among equals the one that was added last: the next one is taken off the end.
    this.entries.splice(position, 0, { at, work });
  }

  /** Runs the next piece of work; false when there is none. */
  step(): boolean {
    const entry = this.entries.pop();
    if (entry === undefined) return false;
    this.current = entry.at;
    entry.work();
    return true;
  }
}

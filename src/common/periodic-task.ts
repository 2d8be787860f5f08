/** Share of the interval by which each pause differs at random, so that several instances do not march in step. */
const JITTER = 0.2;

/** Repeats work in the background, one run at a time, until it is stopped. */
export class PeriodicTask {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  /**
   * @param everySeconds pause between two runs
   * @param onError called for every failed run; the next one comes all the same
   */
  constructor(
    private readonly everySeconds: number,
    private readonly work: () => Promise<unknown>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Begins with the first run at once; resolves when it has ended. */
  start(): Promise<void> {
    this.running = this.run();
    return this.running;
  }

  /** Lets the present run end; none comes after it. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      this.onError(error);
    }
    if (this.stopped) return;
    const pause = this.everySeconds * (1 - JITTER + 2 * JITTER * Math.random());
    this.timer = setTimeout(() => void this.start(), pause * 1000);
  }
}

/** Background work that runs when it is woken, and every so often without; one run at a time, until it is stopped. */
export class WokenTask {
  private running: Promise<void> = Promise.resolve();
  private woken = false;
  private stopped = false;
  private rouse: (() => void) | null = null;

  /**
   * @param everySeconds longest pause between two runs
   * @param onError called for every failed run; the next one comes after the pause
   */
  constructor(
    private readonly everySeconds: number,
    private readonly work: () => Promise<unknown>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Begins with the first run at once. */
  start(): void {
    this.running = this.run();
  }

  /** Has the work run again soon. What runs then knows nothing of the caller's context, such as its transaction. */
  wake(): void {
    this.woken = true;
    this.rouse?.();
  }

  /** Lets the present run end; none comes after it. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.rouse?.();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.woken = false;
      try {
        await this.work();
        if (!this.woken) await this.pause();
      } catch (error) {
        this.onError(error);
        await this.pause();
      }
    }
  }

  private async pause(): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.everySeconds * 1000);
      this.rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.rouse = null;
  }
}

import { setTimeout as delay } from 'node:timers/promises';

/** How a message of what is embedded is logged. */
type PartLog = (message: string, level?: 'info' | 'warn') => void;

/** What the user of an embedded part hears of it. */
export interface PartOptions {
  log?: PartLog | undefined;
  /** Told the reason, once, when the part has died and cannot be started again. */
  onLost?: ((reason: Error) => void) | undefined;
}

/** Before each try to start a part again; a part that does not live after the last one is given up. */
const PAUSES_SECONDS = [0, 0.5, 1, 2, 4];
/** A part that has lived for so long since it was started is steady: what it dies of then is something new. */
const STEADY_SECONDS = 60;

/** Starts an embedded part again whenever it has died, with growing pauses, until it is stopped or given up. */
export class Restarts {
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;
  private tries = 0;
  private startedAt = performance.now();

  /**
   * @param part its name in messages
   * @param start starts it, or finds it running
   */
  constructor(
    private readonly part: string,
    private readonly start: () => Promise<void>,
    private readonly options: PartOptions,
  ) {}

  /** To be called when the part is found dead, as often as that may be. */
  begin(): void {
    if (this.running !== undefined || this.ending.signal.aborted) return;
    if (performance.now() - this.startedAt > STEADY_SECONDS * 1000) this.tries = 0;
    this.running = this.startAgain().finally(() => (this.running = undefined));
  }

  /** Lets a start that is under way end; none comes after it. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async startAgain(): Promise<void> {
    this.options.log?.(`${this.part} has died: it is started again`, 'warn');
    let reason: unknown = `it ended ${PAUSES_SECONDS.length} times soon after it was started`;
    for (let pause = this.nextPause(); !this.ending.signal.aborted; pause = this.nextPause()) {
      if (pause === undefined) return this.giveUp(reason);
      await delay(pause * 1000, undefined, { signal: this.ending.signal }).catch(() => undefined);
      if (this.ending.signal.aborted) return;
      try {
        await this.start();
        this.startedAt = performance.now();
        return;
      } catch (error) {
        reason = error;
        this.options.log?.(String(error), 'warn');
      }
    }
  }

  private nextPause(): number | undefined {
    return PAUSES_SECONDS[this.tries++];
  }

  private giveUp(reason: unknown): void {
    this.ending.abort();
    const text = reason instanceof Error ? reason.message : String(reason);
    const error = new Error(`${this.part} has died and does not start again: ${text}`, { cause: reason });
    this.options.log?.(error.message, 'warn');
    this.options.onLost?.(error);
  }
}

/** The part of a terminal's output stream that is used here. */
export interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

const EVERY_MILLISECONDS = 100;
/** A log is not to be filled with it. */
const EVERY_MILLISECONDS_IN_A_LOG = 10_000;

/** One line at the end of a terminal that is written over; elsewhere a line of its own every ten seconds. */
export class ProgressLine {
  private shownAt: number;
  private isShown = false;

  constructor(private readonly terminal: Terminal) {
    this.shownAt = terminal.isTTY === true ? -Infinity : performance.now();
  }

  show(text: string): void {
    const now = performance.now();
    const isTerminal = this.terminal.isTTY === true;
    if (now - this.shownAt < (isTerminal ? EVERY_MILLISECONDS : EVERY_MILLISECONDS_IN_A_LOG)) return;
    this.shownAt = now;
    if (!isTerminal) {
      this.terminal.write(`${text}\n`);
      return;
    }
    this.isShown = true;
    this.terminal.write(`\r\u001b[K${text}`);
  }

  clear(): void {
    if (this.isShown) this.terminal.write('\r\u001b[K');
    this.isShown = false;
  }
}

const WIDTH = 20;

/** A bar over steps of which the present one has no known length: Stripe's lists do not tell how long they are. */
export function progressBar(step: number, steps: number, name: string, done: number): string {
  const filled = Math.round((WIDTH * step) / steps);
  return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${step + 1}/${steps} ${name} ${done.toLocaleString('en')}`;
}

/** The part of a terminal's output stream that is used here. */
export interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

const EVERY_MILLISECONDS = 100;

/** One line at the end of a terminal that is written over; nothing where the output is no terminal. */
export class ProgressLine {
  private shownAt = -Infinity;
  private isShown = false;

  constructor(private readonly terminal: Terminal) {}

  show(text: string): void {
    const now = performance.now();
    if (this.terminal.isTTY !== true || now - this.shownAt < EVERY_MILLISECONDS) return;
    this.shownAt = now;
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

import { EXIT_CODES, exitWithFailure, failureText } from '../config/program-exit.js';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const FORCE_AFTER_SECONDS = 15;
/** Ctrl-C reaches the program twice when npm runs it: from the terminal and, passed on, from npm. */
const SAME_SIGNAL_SECONDS = 1;

/**
 * Ends the process cleanly at the first signal, with exit code 0. A second signal, or 15 seconds and the delay, end it at
 * once, with exit code 1.
 *
 * @param stop called once
 * @param delaySeconds what `stop` waits on purpose
 */
export function stopOnSignal(stop: () => Promise<void>, delaySeconds: () => number): void {
  let begun: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (begun !== undefined) {
      if (now - begun > SAME_SIGNAL_SECONDS * 1000) process.exit(EXIT_CODES.failed);
      return;
    }
    begun = now;
    forceEnd(delaySeconds());
    stop().then(() => process.exit(EXIT_CODES.done), exitWithFailure);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

/**
 * Says on the error output why the process ends, and ends it as cleanly as it can, with exit code 1: at once after 15
 * seconds and the delay.
 *
 * @param stop called once
 * @param delaySeconds what `stop` waits on purpose
 */
export function endWithFailure(reason: Error, stop: () => Promise<void>, delaySeconds: () => number): void {
  process.stderr.write(`${failureText(reason)}\n`);
  forceEnd(delaySeconds());
  stop().then(() => process.exit(EXIT_CODES.failed), exitWithFailure);
}

function forceEnd(delaySeconds: number): void {
  setTimeout(() => process.exit(EXIT_CODES.failed), (FORCE_AFTER_SECONDS + delaySeconds) * 1000).unref();
}

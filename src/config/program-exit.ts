import { ConfigurationError } from './app-config.js';

/** How a program ends: all was done · something failed, or was found wrong · the call was not understood. */
export const EXIT_CODES = { done: 0, failed: 1, misunderstood: 2 } as const;

/** What a program prints before it ends with an error: of a wrong configuration only the message, else the stack too. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof ConfigurationError ? error.message : (error.stack ?? error.message);
}

/** Ends the process with the exit code of a failure, and says on the error output what it was. */
export function exitWithFailure(error: unknown): never {
  process.stderr.write(`${failureText(error)}\n`);
  process.exit(EXIT_CODES.failed);
}

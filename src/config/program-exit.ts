import { ConfigurationError } from './app-config.js';

/** What a program prints before it ends with an error: of a wrong configuration only the message, else the stack too. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof ConfigurationError ? error.message : (error.stack ?? error.message);
}

import { ConfigurationError } from './app-config.js';
import { EmbeddedConfigurationError } from '../local-stack/embedded-parts.js';

/** What a program prints before it ends with an error: of a wrong configuration only the message, else the stack too. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error instanceof ConfigurationError || error instanceof EmbeddedConfigurationError;
  return expected ? error.message : (error.stack ?? error.message);
}

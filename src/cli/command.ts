/** What a command gets from the program around it. */
export interface CommandContext {
  /** The variables as they were given, nothing completed. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Writes what happens to the error output. */
  log: (message: string) => void;
  /** Shows how far the command is, in place of what was shown before; where no terminal is, now and then a line. */
  progress: (text: string) => void;
}

export interface CommandResult {
  /** For a person. */
  text: string;
  /** For a program, printed with `--json`. */
  json: unknown;
  /** True makes the exit code 1: the command did its work and found something wrong. Default false. */
  failed?: boolean;
}

/** The program was called in a way that only the command itself can tell to be wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

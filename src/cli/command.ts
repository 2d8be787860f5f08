/** What a command gets from the program around it. */
export interface CommandContext {
  /** The variables as they were given, nothing completed. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Tells what goes on, on the error output. */
  log: (message: string) => void;
  /** Shows how far the command is, in place of what was shown before; does nothing where nobody watches. */
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

/** One command of `npm run cli`. */
export interface Command {
  /** The forms of the command with what they do, one a line. */
  usage: string;
  /** @param parameters what follows the command's name, without `--json` */
  run(parameters: string[], context: CommandContext): Promise<CommandResult>;
}

/** The program was called in a way that it does not understand. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whether `parseArgs` refused the parameters, or a command did. */
export function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}

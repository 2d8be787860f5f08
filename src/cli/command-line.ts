import { Command, CommanderError } from '@commander-js/extra-typings';
import { EXIT_CODES, failureText } from '../config/program-exit.js';
import { type CommandContext, type CommandResult, UsageError } from './command.js';
import { ProgressLine, type Terminal } from './progress-line.js';

/** Where a program writes. */
export interface Streams {
  stdout: Terminal;
  stderr: Terminal;
}

/** A program of one or several commands. Each takes `--json`, which prints its result, or the error, as JSON. */
export class CommandLine {
  /** Takes name, commands, options and actions; an action calls `run`. */
  readonly program: Command;
  private readonly asJson: boolean;
  private readonly progress: ProgressLine;
  private called: Pick<Command, 'error'>;
  private exitCode: number = EXIT_CODES.done;

  /**
   * @param given the parameters of the program
   * @param environment the variables as they were given
   */
  constructor(
    private readonly given: readonly string[],
    private readonly environment: CommandContext['environment'],
    private readonly streams: Streams,
  ) {
    this.asJson = given.includes('--json');
    this.progress = new ProgressLine(streams.stderr);
    this.program = new Command()
      .configureOutput({
        writeOut: (text) => streams.stdout.write(text),
        writeErr: (text) => (this.asJson ? undefined : streams.stderr.write(text)),
        outputError: (text, write) => write(inOurWords(text)),
      })
      .configureHelp({ showGlobalOptions: true })
      .showHelpAfterError()
      .exitOverride()
      .hook('preAction', (_program, command) => void (this.called = command));
    this.program.option('--json', 'print the result, or the error, as JSON');
    this.called = this.program;
  }

  /** Does the work of the command that was called and prints its result. */
  async run(work: (context: CommandContext) => Promise<CommandResult>): Promise<void> {
    try {
      const {
        text,
        json,
        failed = false,
      } = await work({
        environment: this.environment,
        log: (message) => this.tell(message),
        progress: (text) => this.progress.show(text),
      });
      this.print(this.asJson ? toText(json) : text);
      if (failed) this.exitCode = EXIT_CODES.failed;
    } catch (error) {
      throw error instanceof UsageError ? this.called.error(error.message) : error;
    }
  }

  /** Runs the command that was called, and returns the exit code, of EXIT_CODES. */
  async execute(): Promise<number> {
    try {
      await this.program.parseAsync(this.given, { from: 'user' });
      return this.exitCode;
    } catch (error) {
      if (!(error instanceof CommanderError)) {
        if (this.asJson) this.print(toText({ error: failureText(error) }));
        else this.tell(failureText(error));
        return EXIT_CODES.failed;
      }
      if (error.exitCode === 0) return EXIT_CODES.done;
      if (this.asJson) this.print(toText({ error: inOurWords(error.message) }));
      return EXIT_CODES.misunderstood;
    }
  }

  private print(text: string): void {
    this.progress.clear();
    this.streams.stdout.write(`${text}\n`);
  }

  private tell(message: string): void {
    this.progress.clear();
    this.streams.stderr.write(`${message}\n`);
  }
}

function toText(json: unknown): string {
  return JSON.stringify(json, null, 2);
}

/** Commander's errors as this program has always worded them. */
function inOurWords(message: string): string {
  return message
    .replace(/^error: unknown command '(.*)'/, 'There is no command $1')
    .replace('(outputHelp)', 'A command is missing')
    .replace(/^error: /, '');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that tells that it is ready by its first line of output. */
export interface ChildProgram {
  process: ChildProcess;
  /** The first line that it printed. */
  firstLine: string;
  /** What it has written to its error output. */
  errors(): string;
  /** Ends its input and waits for its end. */
  end(): Promise<void>;
  /** Kills it as `kill -9` does and waits for its end. */
  kill(): Promise<void>;
}

/**
 * Starts a program and waits for its first line of output.
 *
 * @throws Error with what it wrote to its error output, when it ends before
 */
export async function startProgram(
  command: string,
  parameters: string[],
  options: { environment?: NodeJS.ProcessEnv } = {},
): Promise<ChildProgram> {
  const child = spawn(command, parameters, {
    env: options.environment ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, 'exit');
  const firstLine = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line)),
    once(child, 'close').then(() => Promise.reject(new Error(errors))),
  ]);
  return {
    process: child,
    firstLine,
    errors: () => errors,
    end: async () => {
      child.stdin.end();
      await exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Asks again every few milliseconds until `condition` holds. */
export async function eventually(condition: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`does not hold within ${seconds} s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

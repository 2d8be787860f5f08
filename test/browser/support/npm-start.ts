import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const START_SECONDS = 240;

export interface NpmServer {
  /** The address of the billing page that it printed. */
  pageUrl: string;
  sandboxUrl: string;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
}

/** Runs `npm start` on free ports and waits for what it prints. */
export async function startWithNpm(dataDirectory: string, environment: NodeJS.ProcessEnv = {}): Promise<NpmServer> {
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      SANDBOX_PORT: '0',
      LOG_LEVEL: 'warn',
      BILLING_DATA_DIR: dataDirectory,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that the signal reaches npm and what it started.
    detached: true,
  });
  const ended = once(child, 'exit');
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    await ended;
  };
  const found = new Map<string, string>();
  const printed = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      const [, name = '', value = ''] = /^(Billing page|Stripe sandbox) +(\S+)$/.exec(line) ?? [];
      if (name !== '') found.set(name, value);
      if (found.size === 2) resolve();
    });
  });
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('npm start took too long')), START_SECONDS * 1000).unref();
  });
  try {
    await Promise.race([printed, late, ended.then(() => Promise.reject(new Error('npm start ended')))]);
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  }
  return { pageUrl: found.get('Billing page') ?? '', sandboxUrl: found.get('Stripe sandbox') ?? '', stop };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withDirectoryLock } from './directory-lock.js';
import { readJsonFile, writeJsonFile } from './json-file.js';
import { nextFreePort, portIsFree } from './ports.js';
import { processCommandLine, processIsAlive } from './processes.js';
import { type PartOptions, Restarts } from './restarts.js';

export interface EmbeddedSandboxOptions extends PartOptions {
  /** Holds the sandbox's data, its port and its log; made when it is missing. */
  directory: string;
  /** The wanted TCP port; the next free one is taken when another program uses it. 0 takes any free one. */
  port: number;
}

/** A Stripe sandbox in a process of its own, on the loopback address. */
export interface EmbeddedSandbox {
  /** Base URL without a slash at the end. */
  url: string;
  port: number;
  /** True when another process had started it. It is started anew should that process end before this one. */
  adopted: boolean;
  /** Ends the sandbox if this process started it. Safe to call twice. */
  stop: () => Promise<void>;
}

/** What the launcher keeps about a sandbox: its process, its port and the port that was asked for then. */
interface Kept {
  pid: number;
  port: number;
  wantedPort: number;
}

const START_SECONDS = 30;
const STOP_SECONDS = 10;
const POLL_MILLISECONDS = 20;
const WATCH_MILLISECONDS = 250;

/**
 * Starts the Stripe sandbox on a data directory, or uses the one that another process runs on it. While it is in use, a
 * sandbox that ended is started again on the same port, or `onLost` is told why it cannot be.
 *
 * @throws Error with the end of the sandbox's log when it does not start
 */
export async function startEmbeddedSandbox(options: EmbeddedSandboxOptions): Promise<EmbeddedSandbox> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const keeper = new SandboxKeeper(realpathSync(options.directory), options);
  return keeper.start();
}

class SandboxKeeper {
  private child: ChildProcess | undefined;
  private pid = 0;
  private watch: NodeJS.Timeout | undefined;
  private restarts: Restarts | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly directory: string,
    private readonly options: EmbeddedSandboxOptions,
  ) {}

  async start(): Promise<EmbeddedSandbox> {
    const port = await this.adoptOrSpawn();
    const restarts = new Restarts('Stripe sandbox', () => this.startAgain(port), this.options);
    this.restarts = restarts;
    this.watch = setInterval(() => {
      if (!this.runs(this.pid)) restarts.begin();
    }, WATCH_MILLISECONDS).unref();
    const stop = () => (this.stopped ??= this.stop());
    return { url: `http://127.0.0.1:${port}`, port, adopted: this.child === undefined, stop };
  }

  private adoptOrSpawn(fixedPort?: number): Promise<number> {
    return withDirectoryLock(this.directory, 'lock', async () => {
      const kept = readJsonFile<Kept>(this.keptFile);
      if (kept && (await this.canAdopt(kept))) {
        this.pid = kept.pid;
        this.options.log?.(`Stripe sandbox adopted (process ${kept.pid}) on port ${kept.port}`);
        return kept.port;
      }
      if (fixedPort !== undefined) return this.spawnOn(fixedPort);
      const port = await this.choosePort(kept);
      try {
        return await this.spawnOn(port);
      } catch (error) {
        if (await portIsFree(port)) throw error;
        return this.spawnOn(await nextFreePort(port));
      }
    });
  }

  /** Waits until the sandbox of the last time answers or is gone: two must never write to the same data. */
  private async canAdopt({ pid, port }: Kept): Promise<boolean> {
    const deadline = performance.now() + START_SECONDS * 1000;
    while (this.runs(pid)) {
      if (await answers(port)) return true;
      if (performance.now() > deadline) throw new Error(`The Stripe sandbox (process ${pid}) does not answer`);
      await delay(POLL_MILLISECONDS);
    }
    return false;
  }

  /** The port of the last time, so that addresses given to others stay true, unless another one is asked for now. */
  private async choosePort(kept: Kept | undefined): Promise<number> {
    const wanted = this.options.port;
    if (kept?.wantedPort === wanted && (await portIsFree(kept.port))) return kept.port;
    return nextFreePort(wanted);
  }

  private async spawnOn(port: number): Promise<number> {
    mkdirSync(this.data, { recursive: true, mode: 0o700 });
    const logFile = path.join(this.directory, 'sandbox.log');
    const child = spawnSandbox(this.data, port, logFile);
    const pid = child.pid ?? 0;
    try {
      writeJsonFile(this.keptFile, { pid, port, wantedPort: this.options.port } satisfies Kept);
      await untilReady(child, port, logFile);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    this.child = child;
    this.pid = pid;
    this.options.log?.(`Stripe sandbox started (process ${pid}) on port ${port}`);
    return port;
  }

  private async startAgain(port: number): Promise<void> {
    this.child = undefined;
    await this.adoptOrSpawn(port);
  }

  private async stop(): Promise<void> {
    clearInterval(this.watch);
    await this.restarts?.stop();
    const child = this.child;
    if (!child || hasEnded(child)) return;
    child.ref();
    const ended = once(child, 'exit');
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
    await ended;
    clearTimeout(timer);
  }

  /** Whether this process is a sandbox on our data directory, and not a later one that got its id. */
  private runs(pid: number): boolean {
    return processIsAlive(pid) && processCommandLine(pid).includes(` --data ${this.data} `);
  }

  private get data(): string {
    return path.join(this.directory, 'data');
  }

  private get keptFile(): string {
    return path.join(this.directory, 'process.json');
  }
}

function spawnSandbox(data: string, port: number, logFile: string): ChildProcess {
  const main = createRequire(import.meta.url).resolve('stripe-sandbox/main');
  const log = openSync(logFile, 'w', 0o600);
  try {
    const parameters = ['--enable-source-maps', main, '--port', String(port), '--data', data, '--exit-with-parent'];
    const child = spawn(process.execPath, parameters, {
      stdio: ['pipe', log, log],
      // Its own process group: Ctrl-C in the terminal must reach the application only, which then stops the sandbox.
      detached: true,
    });
    child.unref();
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined);
    if (child.stdin instanceof Socket) child.stdin.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Ready is what printed its address: another program may have taken the port and answer there. */
async function untilReady(child: ChildProcess, port: number, logFile: string): Promise<void> {
  const deadline = performance.now() + START_SECONDS * 1000;
  for (;;) {
    const log = readFileSync(logFile, 'utf8');
    if (log.includes(`http://127.0.0.1:${port}`) && (await answers(port))) return;
    if (hasEnded(child) || performance.now() > deadline) {
      throw new Error(`The Stripe sandbox does not start on port ${port}:\n${log.slice(-2000)}`);
    }
    await delay(POLL_MILLISECONDS);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Any answer will do, even one that asks for a key. */
async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/products`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

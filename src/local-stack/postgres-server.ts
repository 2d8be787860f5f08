import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Privileges } from './postgres-privileges.js';
import { errorCode } from '../common/error-code.js';
import { processCommandLine, processIsAlive } from './processes.js';

/** The number in the socket's name: nothing listens on TCP, so it need not be free. */
export const PORT = 5432;
export const SUPERUSER = 'postgres';
const POLL_MILLISECONDS = 15;
const START_SECONDS = 60;
const STOP_SECONDS = 30;

/** A server that answers on this data directory. */
export interface RunningServer {
  pid: number;
  socketDirectory: string;
  port: number;
}

export interface ServerOptions {
  postgres: string;
  privileges: Privileges;
  /** The data directory, without symbolic links. */
  data: string;
  socketDirectory: string;
  logFile: string;
  durable: boolean;
}

/** Waits for the server that runs on `data` and answers; undefined when there is none. */
export async function findRunningServer(data: string): Promise<RunningServer | undefined> {
  const deadline = performance.now() + START_SECONDS * 1000;
  for (;;) {
    const server = readPostmasterFile(data);
    if (!server || !isPostmasterOf(server.pid, data)) return undefined;
    if (await servesDirectory(server, data)) return server;
    if (performance.now() > deadline) {
      throw new Error(`PostgreSQL (process ${server.pid}) runs on ${data} but does not answer`);
    }
    await delay(POLL_MILLISECONDS);
  }
}

/** Starts a server on a data directory on which none runs, and waits until it answers. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const deadline = performance.now() + START_SECONDS * 1000;
  for (;;) {
    disownStaleFiles(options);
    const child = spawnServer(options);
    const server = { pid: child.pid ?? 0, socketDirectory: options.socketDirectory, port: PORT };
    const failure = await untilReadyOrGone(child, server, options.data);
    if (failure === undefined) return server;
    const log = readLog(options.logFile);
    // After a SIGKILL of the server its last backends may hold the shared memory for a moment.
    const mayPass = log.includes('is still in use') || log.includes('lock file');
    if (!mayPass || performance.now() > deadline) throw new Error(`PostgreSQL does not start: ${failure}\n${log}`);
    await delay(200);
  }
}

/** Ends all connections and stops the server; returns once its process is gone. */
export async function stopServer(pid: number, data: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isPostmasterOf(pid, data)) return;
    process.kill(pid, signal);
    const deadline = performance.now() + STOP_SECONDS * 1000;
    while (performance.now() < deadline) {
      if (!processIsAlive(pid)) return;
      await delay(POLL_MILLISECONDS);
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop`);
}

/** The command line, environment and privileges are PostgreSQL's own: nothing of ours, least of all secrets, reaches it. */
export const SERVER_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

function spawnServer({ postgres, privileges, data, socketDirectory, logFile, durable }: ServerOptions): ChildProcess {
  const settings = {
    listen_addresses: '',
    // A list of names, each of them quoted: a path may hold a comma.
    unix_socket_directories: `"${socketDirectory.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    timezone: 'UTC',
    // The log names no statement, no parameter and no row.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(logFile, 'w', 0o600);
  try {
    const child = spawn(...privileges.command(postgres, ['-D', data, '-p', String(PORT), ...parameters]), {
      ...privileges.identity,
      cwd: data,
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', log, log],
      // Its own process group: Ctrl-C in the terminal must reach the application only, which then stops the server.
      detached: true,
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The reason why the server ended, or undefined once it answers. */
async function untilReadyOrGone(child: ChildProcess, server: RunningServer, data: string): Promise<string | undefined> {
  let spawnError: Error | undefined;
  child.once('error', (error) => {
    spawnError = error;
  });
  const deadline = performance.now() + START_SECONDS * 1000;
  while (performance.now() < deadline) {
    if (spawnError) return spawnError.message;
    if (child.exitCode !== null || child.signalCode !== null)
      return `it ended with ${child.exitCode ?? child.signalCode}`;
    if (readPostmasterFile(data)?.pid === server.pid && (await servesDirectory(server, data))) return undefined;
    await delay(POLL_MILLISECONDS);
  }
  child.kill('SIGQUIT');
  return `it does not answer within ${START_SECONDS} s`;
}

/**
 * Makes way for a new server after one that was killed. Its process id may meanwhile belong to another program, which
 * PostgreSQL would take for a running server; it disregards the id of its own parent process, so that one is written
 * instead. The rest of the file stays: by it PostgreSQL sees whether old backends still use the shared memory.
 */
function disownStaleFiles({ data, socketDirectory }: ServerOptions): void {
  const file = path.join(data, 'postmaster.pid');
  const lines = readIfPresent(file)?.split('\n');
  if (lines) writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'));
  const socket = path.join(socketDirectory, `.s.PGSQL.${PORT}`);
  rmSync(socket, { force: true });
  rmSync(`${socket}.lock`, { force: true });
}

function readPostmasterFile(data: string): RunningServer | undefined {
  const [pid = '', , , port = '', socketDirectory = ''] =
    readIfPresent(path.join(data, 'postmaster.pid'))?.split('\n') ?? [];
  return pid === '' ? undefined : { pid: Number(pid), port: Number(port), socketDirectory };
}

function isPostmasterOf(pid: number, data: string): boolean {
  return processIsAlive(pid) && processCommandLine(pid).includes(` -D ${data} `);
}

async function servesDirectory({ socketDirectory, port }: RunningServer, data: string): Promise<boolean> {
  if (socketDirectory === '') return false;
  const client = new pg.Client({
    host: socketDirectory,
    port,
    user: SUPERUSER,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: 2000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string }>(`select current_setting('data_directory') as directory`);
    return rows[0] !== undefined && realpathSync(rows[0].directory) === data;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function readLog(logFile: string): string {
  return (readIfPresent(logFile) ?? '').trim().split('\n').slice(-10).join('\n');
}

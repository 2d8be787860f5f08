import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { withDirectoryLock } from './directory-lock.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { choosePrivileges, type Privileges } from './postgres-privileges.js';
import {
  findRunningServer,
  PORT,
  type RunningServer,
  SERVER_ENVIRONMENT,
  startServer,
  stopServer,
  SUPERUSER,
} from './postgres-server.js';
import { errorCode } from '../common/error-code.js';
import { type PartOptions, Restarts } from './restarts.js';

interface Lease {
  backendPid: number;
}

export interface EmbeddedPostgresOptions extends PartOptions {
  /** Holds the cluster, its lock and its log; made when it is missing. */
  directory: string;
  /** The database to connect to; made when it is missing. */
  database: string;
  /** False switches fsync off, for data that need not outlive a crash of the machine. Default true. */
  durable?: boolean;
}

/** A PostgreSQL server on a Unix socket that only its owner can reach. */
export interface EmbeddedPostgres {
  /** Fits `pg` and TypeORM: `host` is the directory of the socket. */
  connection: { host: string; port: number; user: string; database: string };
  /** True when the server was running before: left over from a killed process, or in use by another one. */
  adopted: boolean;
  /** Process id of the server that runs now. */
  readonly pid: number;
  /** Stops the server, unless another process that started it or adopted it still needs it. Safe to call twice. */
  stop: () => Promise<void>;
}

const LOCK = 'lock';
/** Every user of the server holds one session of this name; the last one to leave stops it. */
const LEASE = 'embedded-postgres-lease';
/** Unix limits the path of a socket to 104 (macOS) or 108 bytes. */
const LONGEST_SOCKET_PATH = 99;

/**
 * Starts PostgreSQL on a directory, or adopts the server that already runs on it. Several processes may do so at once.
 * While it is in use, a server that ended is started again at the same address, or `onLost` is told why it cannot be.
 *
 * @throws Error naming DATABASE_URL when PostgreSQL cannot run here
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  mkdirSync(options.directory, { recursive: true, mode: 0o711 });
  const directory = realpathSync(options.directory);
  const restarts = new Restarts('PostgreSQL', startAgain, options);
  const stop = async () => {
    await restarts.stop();
    await leave(directory, held);
  };
  let held = await hold(directory, options, () => restarts.begin());
  const connection = connectionTo(held.server, options.database);

  async function startAgain(): Promise<void> {
    held = await hold(directory, options, () => restarts.begin());
    const { host } = connectionTo(held.server, options.database);
    if (host !== connection.host) throw new Error(`it listens in ${host} now, and no more in ${connection.host}`);
  }

  return {
    connection,
    adopted: held.adopted,
    get pid() {
      return held.server.pid;
    },
    stop: once(stop),
  };
}

/** A server, and our lease that keeps others from stopping it. */
interface HeldServer {
  server: RunningServer;
  adopted: boolean;
  lease: Lease;
}

/** @param onDeath told when the session of the lease ends: the server is gone, or has thrown out all sessions */
function hold(directory: string, options: EmbeddedPostgresOptions, onDeath: () => void): Promise<HeldServer> {
  return withDirectoryLock(directory, LOCK, async () => {
    const data = dataOf(directory);
    const running = existsSync(path.join(data, 'PG_VERSION')) ? await findRunningServer(data) : undefined;
    const server = running ?? (await startOn(directory, data, options));
    options.log?.(`PostgreSQL ${running ? 'adopted' : 'started'} (process ${server.pid}) on ${data}`);
    const lease = await takeLease(server, options.database, onDeath);
    return { server, adopted: running !== undefined, lease };
  });
}

function dataOf(directory: string): string {
  return path.join(directory, 'data');
}

async function startOn(directory: string, data: string, options: EmbeddedPostgresOptions): Promise<RunningServer> {
  const binaries = findPostgresBinaries();
  const privileges = choosePrivileges(binaries.postgres, directory);
  const durable = options.durable ?? true;
  if (!existsSync(path.join(data, 'PG_VERSION'))) createCluster(binaries, privileges, directory, data, durable);
  const socketDirectory = makeSocketDirectory(directory, privileges);
  const logFile = path.join(directory, 'postgres.log');
  return startServer({ postgres: binaries.postgres, privileges, data, socketDirectory, logFile, durable });
}

/** Into another directory first: a process killed on the way leaves no half-made cluster. */
function createCluster(
  { initdb }: PostgresBinaries,
  privileges: Privileges,
  directory: string,
  data: string,
  durable: boolean,
): void {
  const draft = path.join(directory, 'data.new');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  privileges.handOver(draft);
  const parameters = ['-D', draft, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  const [program, all] = privileges.command(initdb, durable ? parameters : [...parameters, '--no-sync']);
  const result = spawnSync(program, all, {
    ...privileges.identity,
    cwd: directory,
    env: SERVER_ENVIRONMENT,
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw new Error(`PostgreSQL cannot make its cluster in ${draft}: ${result.error?.message ?? result.stderr}`);
  }
  renameSync(draft, data);
}

function makeSocketDirectory(directory: string, privileges: Privileges): string {
  const inside = path.join(directory, 'socket');
  if (fits(inside)) {
    if (!existsSync(inside)) {
      mkdirSync(inside, { mode: 0o700 });
      privileges.handOver(inside);
    }
    return inside;
  }
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  const outside = path.join(realpathSync(tmpdir()), `embedded-postgres-${name}`);
  if (!fits(outside)) throw new Error(`The path is too long for a Unix socket: ${outside}; set DATABASE_URL`);
  return privateDirectory(outside, privileges);
}

/** Anyone can make a directory of a known name under /tmp: one that is not ours alone is not used. */
function privateDirectory(wanted: string, privileges: Privileges): string {
  let made = wanted;
  try {
    mkdirSync(wanted, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const found = lstatSync(wanted);
    const owner = privileges.identity.uid ?? process.getuid?.();
    if (found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0) return wanted;
    made = mkdtempSync(`${wanted}-`);
  }
  privileges.handOver(made);
  return made;
}

function fits(socketDirectory: string): boolean {
  return Buffer.byteLength(path.join(socketDirectory, `.s.PGSQL.${PORT}`)) <= LONGEST_SOCKET_PATH;
}

async function takeLease(server: RunningServer, database: string, onEnd: () => void): Promise<Lease> {
  const client = await connect(server, LEASE);
  client.once('end', onEnd);
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)}`);
  const { rows } = await client.query<Lease>('select pg_backend_pid() as "backendPid"');
  client.unref();
  return { backendPid: rows[0]?.backendPid ?? 0 };
}

async function leave(directory: string, { server, lease }: HeldServer): Promise<void> {
  await withDirectoryLock(directory, LOCK, async () => {
    const data = dataOf(directory);
    const running = await findRunningServer(data);
    if (running?.pid !== server.pid || (await othersHoldLeases(server, lease))) return;
    await stopServer(server.pid, data);
    if (!server.socketDirectory.startsWith(directory)) rmSync(server.socketDirectory, { recursive: true, force: true });
  });
}

/** Ends our own lease, waiting until its session is gone: the next one to leave must not take it for someone else's. */
async function othersHoldLeases(server: RunningServer, lease: Lease): Promise<boolean> {
  const client = await connect(server, 'embedded-postgres-stop');
  try {
    await client.query('select pg_terminate_backend($1, 5000)', [lease.backendPid]);
    const { rowCount } = await client.query('select from pg_stat_activity where application_name = $1', [LEASE]);
    return rowCount !== 0;
  } finally {
    await client.end();
  }
}

async function connect(server: RunningServer, applicationName: string): Promise<pg.Client & { unref(): void }> {
  const client = new pg.Client({
    ...connectionTo(server, 'postgres'),
    ssl: false,
    application_name: applicationName,
  }) as pg.Client & { unref(): void };
  // A server that goes away ends the session; whoever uses the database learns it from their own connections.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function connectionTo({ socketDirectory, port }: RunningServer, database: string): EmbeddedPostgres['connection'] {
  return { host: socketDirectory, port, user: SUPERUSER, database };
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { databaseUrl } from '../../src/local-stack/database-url.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/local-stack/embedded-postgres.js';
import { findPostgresBinaries } from '../../src/local-stack/postgres-binaries.js';
import { processIsAlive } from '../../src/local-stack/processes.js';
import { type ChildProgram, eventually, startProgram } from '../support/child-programs.js';

const HOLD = path.resolve(import.meta.dirname, '../support/hold-postgres.js');
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const { postgres: program } = findPostgresBinaries();

type Got = Omit<EmbeddedPostgres, 'stop'>;
const got = (child: ChildProgram) => JSON.parse(child.firstLine) as Got;

async function query<T extends object>(connection: Got['connection'], sql: string): Promise<T[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function untilKilled(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await eventually(() => !processIsAlive(pid));
}

describe('startEmbeddedPostgres', () => {
  let directory: string;
  /** A directory with a cluster, to be copied where a test is not about the first start. */
  let used: string;
  const reuse = () => {
    cpSync(used, directory, { recursive: true });
    // With Node 24 a copied directory does not keep its mode; PostgreSQL wants its data for its owner alone.
    for (const entry of readdirSync(directory, { withFileTypes: true }))
      if (entry.isDirectory()) chmodSync(path.join(directory, entry.name), 0o700);
  };
  const users: { stop(): Promise<void> }[] = [];
  const start = async (options: { directory?: string; durable?: boolean } = {}) => {
    const user = await startEmbeddedPostgres({ directory, database: 'app', durable: false, ...options });
    users.push(user);
    return user;
  };
  beforeAll(async () => {
    used = mkdtempSync(path.join(tmpdir(), 'postgres-test-'));
    const { stop } = await startEmbeddedPostgres({ directory: used, database: 'app', durable: false });
    await stop();
  });
  afterAll(() => rmSync(used, { recursive: true, force: true }));
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'postgres-test-'));
  });
  afterEach(async () => {
    for (const user of users.splice(0)) await user.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is started again at its address, with what was committed, when it is killed', async () => {
    reuse();
    const server = await start({ durable: true });
    const { connection, pid } = server;
    await query(connection, 'create table kept as select 42 as answer');
    await untilKilled(pid);
    await eventually(() => server.pid !== pid);
    expect(await query(connection, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await server.stop();
    expect(processIsAlive(server.pid)).toBe(false);
  });

  it('is started again once when it is killed while several processes use it', async () => {
    reuse();
    const server = await start();
    const others = await Promise.all([1, 2].map(() => startProgram(process.execPath, [HOLD, directory])));
    const { pid } = server;
    await untilKilled(pid);
    await eventually(() => server.pid !== pid);
    const leases = `select from pg_stat_activity where application_name = 'embedded-postgres-lease'`;
    await eventually(async () => (await query(server.connection, leases)).length === 3);
    await server.stop();
    expect(processIsAlive(server.pid)).toBe(true);
    await Promise.all(others.map((other) => other.end()));
    expect(processIsAlive(server.pid)).toBe(false);
  });

  it('holds it for its users still when it has thrown out all sessions, since one of them was killed', async () => {
    reuse();
    const server = await start();
    const other = await startProgram(process.execPath, [HOLD, directory]);
    const leases = `select pid from pg_stat_activity where application_name = 'embedded-postgres-lease'`;
    const [{ pid } = { pid: 0 }] = await query<{ pid: number }>(server.connection, leases);
    process.kill(pid, 'SIGKILL');
    await eventually(() =>
      query(server.connection, `${leases} and pid <> ${pid}`).then(
        (rows) => rows.length === 2,
        () => false,
      ),
    );
    await other.end();
    expect(await query(server.connection, 'select 1 as alive')).toEqual([{ alive: 1 }]);
  });

  it('adopts the server of a killed parent with all its data', async () => {
    reuse();
    const parent = await startProgram(process.execPath, [HOLD, directory]);
    await query(got(parent).connection, 'create table kept as select 42 as answer');
    await parent.kill();
    const next = await start();
    expect([next.adopted, next.pid]).toEqual([true, got(parent).pid]);
    expect(await query(next.connection, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await next.stop();
    expect(processIsAlive(next.pid)).toBe(false);
  });

  it('makes one cluster when several processes start for the first time at once', async () => {
    const hold = () => startProgram(process.execPath, [HOLD, directory]);
    const children = await Promise.all([hold(), hold(), hold()]);
    expect(new Set(children.map((child) => got(child).pid)).size).toBe(1);
    expect(children.filter((child) => !got(child).adopted)).toHaveLength(1);
    await Promise.all(children.map((child) => child.end()));
    const [{ pid } = { pid: 0 }] = children.map(got);
    expect(processIsAlive(pid)).toBe(false);
  });

  it('leaves the server to the one who still needs it, whoever started it', async () => {
    reuse();
    const starter = await start();
    const adopter = await startProgram(process.execPath, [HOLD, directory]);
    await starter.stop();
    expect(await query(got(adopter).connection, 'select 1 as alive')).toEqual([{ alive: 1 }]);
    await adopter.end();
    expect(processIsAlive(starter.pid)).toBe(false);
  });

  it('listens on a socket that only its owner can reach, and on no network address', async () => {
    reuse();
    const { connection } = await start({ durable: true });
    expect(await query(connection, 'show listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect(await query(connection, 'show fsync')).toEqual([{ fsync: 'on' }]);
    expect(statSync(connection.host).mode & 0o077).toBe(0);
  });

  it('uses a short private directory for the socket when its own path is too long', async () => {
    const long = path.join(directory, 'x'.repeat(100));
    const { connection, stop } = await start({ directory: long });
    expect(connection.host.length).toBeLessThan(85);
    expect(statSync(connection.host).mode & 0o077).toBe(0);
    expect(await query(connection, 'select 1 as alive')).toEqual([{ alive: 1 }]);
    await stop();
    expect(existsSync(connection.host)).toBe(false);
  });

  it('works in a directory of any name, by its options and by its URL', async () => {
    const { connection } = await start({ directory: path.join(directory, `a b,c"d'é%41@:?#`) });
    expect(await query(connection, 'select 1 as alive')).toEqual([{ alive: 1 }]);
    const client = new pg.Client(databaseUrl(connection));
    await client.connect();
    await client.end();
    const dataSource = await new DataSource({ type: 'postgres', url: databaseUrl(connection) }).initialize();
    await dataSource.destroy();
  });

  it('starts over when a process was killed while it made the cluster', async () => {
    mkdirSync(path.join(directory, 'data.new', 'base'), { recursive: true });
    const { connection } = await start();
    expect(await query(connection, 'select 1 as alive')).toEqual([{ alive: 1 }]);
  });

  it('starts although the process id of a killed server belongs to another program now', async () => {
    reuse();
    const parent = await startProgram(process.execPath, [HOLD, directory]);
    const first = got(parent);
    await parent.kill();
    await untilKilled(first.pid);
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    const file = path.join(directory, 'data', 'postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(other.pid)));
    writeFileSync(path.join(first.connection.host, '.s.PGSQL.5432.lock'), `${other.pid}\n`);
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(processIsAlive(other.pid ?? 0)).toBe(true);
    other.kill();
  });

  it('says why PostgreSQL does not start', async () => {
    reuse();
    writeFileSync(path.join(directory, 'data', 'postgresql.conf'), 'no_such_setting = 1');
    await expect(start()).rejects.toThrow(/does not start[^]*no_such_setting/);
  });

  const asRoot = process.getuid?.() === 0;
  const nobodyReaches = (...files: string[]) =>
    spawnSync('setpriv', [
      ...NOBODY,
      process.execPath,
      '-e',
      `[${files.map((file) => JSON.stringify(file)).join()}]
      .forEach((file) => require('fs').accessSync(file, 5))`,
    ]).status === 0;
  const canBecomeNobody = asRoot && nobodyReaches(path.dirname(HOLD), program);
  const nobodyCannot = 'not run: this needs root, setpriv and a checkout that others can read';

  (canBecomeNobody ? it : it.skip)(
    `works as an ordinary user${canBecomeNobody ? '' : ` (${nobodyCannot})`}`,
    async () => {
      chownSync(directory, 65534, 65534);
      const child = await startProgram('setpriv', [...NOBODY, process.execPath, HOLD, directory]);
      expect(statSync(path.join(directory, 'data')).uid).toBe(65534);
      await child.end();
      expect(processIsAlive(got(child).pid)).toBe(false);
    },
  );

  (canBecomeNobody ? it : it.skip)(
    `works as root without user namespaces${canBecomeNobody ? '' : ` (${nobodyCannot})`}`,
    async () => {
      chmodSync(directory, 0o711);
      const child = await startProgram(process.execPath, [HOLD, directory], { environment: { PATH: '/nonexistent' } });
      expect(statSync(path.join(directory, 'data')).uid).not.toBe(0);
      await child.end();
      expect(processIsAlive(got(child).pid)).toBe(false);
    },
  );

  (asRoot ? it : it.skip)(
    `names DATABASE_URL when root cannot run it${asRoot ? '' : ' (not run: this needs root)'}`,
    async () => {
      chmodSync(directory, 0o700);
      const inside = path.join(directory, 'closed');
      await expect(
        startProgram(process.execPath, [HOLD, inside], { environment: { PATH: '/nonexistent' } }),
      ).rejects.toThrow(/set DATABASE_URL/);
    },
  );
});

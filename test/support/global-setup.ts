import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../../src/local-stack/embedded-postgres.js';
import { processIsAlive } from '../../src/local-stack/processes.js';
import { makeTemplate } from './template-database.js';
import { keepTestCluster } from './test-cluster.js';

/** One PostgreSQL server for the whole run, in a directory of its own, so that two runs side by side never meet. */
export default async function globalSetup(): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'billing-test-'));
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  try {
    const postgres = await startEmbeddedPostgres({ directory, database: 'postgres', durable: false });
    endWithTheRun(postgres.pid, removeDirectory);
    keepTestCluster(postgres.connection, async () => {
      await postgres.stop();
      removeDirectory();
    });
    await makeTemplate(postgres.connection);
  } catch (error) {
    removeDirectory();
    throw error;
  }
}

/** An interrupted run gets no global teardown. */
function endWithTheRun(pid: number, removeDirectory: () => void): void {
  process.once('exit', () => {
    if (!processIsAlive(pid)) return;
    process.kill(pid, 'SIGKILL');
    removeDirectory();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}

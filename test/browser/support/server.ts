import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Addresses } from './addresses.js';
import { startWithNpm } from './npm-start.js';

export interface Server {
  addresses: Addresses;
  stop(): Promise<void>;
}

/** A server as a person starts it, with a data directory of its own. */
export async function startServer(environment: NodeJS.ProcessEnv = {}): Promise<Server> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'billing-browser-'));
  const removeData = () => rmSync(dataDirectory, { recursive: true, force: true });
  try {
    const started = await startWithNpm(dataDirectory, environment);
    const { pageUrl, sandboxUrl } = started;
    return {
      addresses: { pageUrl, sandboxUrl, dataDirectory },
      stop: async () => {
        await started.stop();
        removeData();
      },
    };
  } catch (error) {
    removeData();
    throw error;
  }
}

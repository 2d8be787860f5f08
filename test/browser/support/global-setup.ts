import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keepAddresses } from './addresses.js';
import { CHROMIUM } from './browser.js';
import { startWithNpm } from './npm-start.js';
import { keepTeardown } from './teardown.js';

/** One server for the whole run, started as a person starts it, with a data directory of its own. */
export default async function globalSetup(): Promise<void> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `There is no Chromium at ${CHROMIUM}. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.`,
    );
  }
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'billing-browser-'));
  const removeData = () => rmSync(dataDirectory, { recursive: true, force: true });
  try {
    const server = await startWithNpm(dataDirectory);
    keepAddresses({ pageUrl: server.pageUrl, sandboxUrl: server.sandboxUrl, dataDirectory });
    keepTeardown(async () => {
      await server.stop();
      removeData();
    });
  } catch (error) {
    removeData();
    throw error;
  }
}

import { existsSync } from 'node:fs';
import { keepAddresses } from './addresses.js';
import { CHROMIUM } from './browser.js';
import { startServer } from './server.js';
import { keepTeardown } from './teardown.js';

/** One server for the whole run. */
export default async function globalSetup(): Promise<void> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `There is no Chromium at ${CHROMIUM}. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.`,
    );
  }
  const server = await startServer();
  keepAddresses(server.addresses);
  keepTeardown(() => server.stop());
}

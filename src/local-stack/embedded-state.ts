import { randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { withDirectoryLock } from './directory-lock.js';
import { readJsonFile, writeJsonFile } from './json-file.js';
import { type WebhookEndpoint } from './webhook-endpoint.js';

/** What the embedded set-up keeps across restarts, in `embedded.json` of the data directory, for its owner only. */
export interface EmbeddedState {
  stripeSecretKey: string;
  stripePublishableKey: string;
  /** The secret that HS256 bearer tokens are signed with. */
  authJwtSecret: string;
  /** Signs snapshots of entitlements: 32 bytes in base64. */
  entitlementsSigningKey: string;
  webhookEndpoint?: WebhookEndpoint;
}

/** Makes the data directory when it is missing. @returns its path without symbolic links */
export function openDataDirectory(wanted: string): string {
  mkdirSync(wanted, { recursive: true, mode: 0o711 });
  return realpathSync(wanted);
}

/**
 * Reads the state, made on first use, lets `change` alter it and writes it back. One caller at a time, over all processes.
 *
 * @param directory as `openDataDirectory` returns it
 */
export function withEmbeddedState<T>(directory: string, change: (state: EmbeddedState) => Promise<T>): Promise<T> {
  return withDirectoryLock(directory, 'embedded.lock', async () => {
    const file = path.join(directory, 'embedded.json');
    const state: EmbeddedState = { ...newState(), ...readJsonFile<Partial<EmbeddedState>>(file) };
    writeJsonFile(file, state);
    const result = await change(state);
    writeJsonFile(file, state);
    return result;
  });
}

/** The secret that signs the bearer tokens of the embedded set-up; nothing is started for it. */
export function embeddedJwtSecret(dataDirectory: string): Promise<string> {
  return withEmbeddedState(openDataDirectory(dataDirectory), ({ authJwtSecret }) => Promise.resolve(authJwtSecret));
}

function newState(): EmbeddedState {
  const random = () => randomBytes(24).toString('hex');
  return {
    stripeSecretKey: `sk_test_${random()}`,
    stripePublishableKey: `pk_test_${random()}`,
    authJwtSecret: random(),
    entitlementsSigningKey: randomBytes(32).toString('base64'),
  };
}

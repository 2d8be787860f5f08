/**
 * What other programs may use of the sandbox; the command line is `main.ts`. The types of the exports are written out,
 * since the published declarations are made of this file and `public-types.ts` alone.
 */
import { CALM as calm } from './events/chaos.js';
import { type ChaosSettings, type Sandbox, type SandboxOptions } from './public-types.js';
import { createSandbox as create } from './sandbox.js';

export type { ChaosSettings, Sandbox, SandboxOptions };

/** The settings of `/_sandbox/chaos` with which webhooks come as they should. */
export const CALM: ChaosSettings = calm;

/** Starts a sandbox. The promise resolves when it answers requests; it fails when the port or the directory is in use. */
export const createSandbox: (options?: SandboxOptions) => Promise<Sandbox> = create;

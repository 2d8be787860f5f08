/** What other programs may use of the sandbox; the command line is `main.ts`. */
export { CALM, type ChaosSettings } from './events/chaos.js';
export { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.js';

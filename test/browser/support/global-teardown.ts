import { runTeardown } from './teardown.js';

export default async function globalTeardown(): Promise<void> {
  await runTeardown();
}

// Runs the service while one works on it. It is compiled and started again when its sources change, the page is built
// when its own change; database and sandbox keep running meanwhile. A change of the sandbox starts all of it again. Types
// are checked beside: their errors are told, and stop nothing.
// Usage: npm run dev
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build, BuildError, forgetBuild, TSC } from './builds.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const NEST = path.join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
/** An editor writes a file in several steps, and often several files. */
const SETTLE_MS = 200;

let stack;
let service;
let stopping = false;

await build(['service', 'sandbox'], ['page']);
await startAll();
checkTypes();
watchFor(['web/src', 'web/public', 'client/src'], () => build(['page']));
watchFor(['sandbox/src'], async () => {
  await build(['sandbox']);
  await stopAll();
  if (!stopping) await startAll();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void stopAll().then(() => process.exit(0));
  });
}

async function startAll() {
  stack = await startLocalStack();
  // Nest writes into dist/ from now on.
  forgetBuild('service');
  const watching = ['start', '--watch', '--preserveWatchOutput', '--no-shell', '--path', 'tsconfig.build.json'];
  // A process group of its own: Ctrl-C reaches this program alone, which then stops the service first.
  service = spawn(process.execPath, [NEST, ...watching], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
}

function checkTypes() {
  const watching = ['--noCheck', 'false', '--noEmit', '--incremental', 'false', '--watch', '--preserveWatchOutput'];
  const checker = spawn(process.execPath, [path.join(ROOT, TSC), '-p', 'tsconfig.build.json', ...watching], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.once('exit', () => checker.kill());
}

/** Starts what the service would start by itself, so that it is there already, and stays, each time that it starts. */
async function startLocalStack() {
  const { prepareEmbeddedEnvironment } = await import('../dist/src/local-stack/embedded-environment.js');
  const { SUBSCRIBED_EVENT_TYPES } = await import('../dist/src/webhooks/event-routes.js');
  return prepareEmbeddedEnvironment(process.env, { log: console.error, webhookEvents: SUBSCRIBED_EVENT_TYPES });
}

async function stopAll() {
  if (service && service.exitCode === null && service.signalCode === null) {
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    await ended;
  }
  await stack?.stop();
}

/** Does `work` after each change below the folders, once at a time; what it cannot build is told and waits for the next. */
function watchFor(folders, work) {
  let changed = false;
  let running = false;
  const follow = async () => {
    changed = true;
    if (running) return;
    running = true;
    while (changed && !stopping) {
      await delay(SETTLE_MS);
      changed = false;
      await work().catch((error) => {
        if (!(error instanceof BuildError)) throw error;
        console.error(error.message);
      });
    }
    running = false;
  };
  for (const folder of folders) watch(path.join(ROOT, folder), { recursive: true }, () => void follow());
}

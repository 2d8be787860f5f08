// What can be built here, and how; `build.mjs` is the command. A build runs when its inputs changed since its last
// success, beside the others as far as the processor has cores, and after those whose output it needs.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const NEST = 'node_modules/@nestjs/cli/bin/nest.js';
export const TSC = 'node_modules/typescript-native/bin/tsc';
const VITE = 'node_modules/vite/bin/vite.js';

/**
 * `output` is made by the `command` of Node.js out of `sources`, in the way that `settings` say, once what is named in
 * `after` is there; `check` is run beside it, and must succeed as well. The longest come first.
 */
const BUILDS = {
  service: {
    title: 'the service',
    output: 'dist',
    command: [NEST, 'build', '--path', 'tsconfig.build.json'],
    sources: ['src', 'ormconfig.ts'],
    settings: ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'],
  },
  'service:test': {
    title: 'the tests of the service',
    output: 'dist-test',
    command: [NEST, 'build', '--path', 'tsconfig.test.json'],
    // Nest compiles with the Swagger plugin, which the native compiler cannot run; that one checks three times as fast.
    check: [TSC, '-p', 'tsconfig.json', '--noEmit', '--tsBuildInfoFile', 'dist-test/.types.tsbuildinfo'],
    after: ['sandbox', 'client'],
    sources: ['src', 'test', 'ormconfig.ts', 'sandbox/src/index.ts', 'sandbox/src/public-types.ts', 'client/src'],
    settings: ['tsconfig.json', 'tsconfig.test.json', 'nest-cli.json'],
  },
  sandbox: {
    title: 'the Stripe sandbox',
    output: 'sandbox/dist',
    command: ['sandbox/build.mjs'],
    sources: ['sandbox/src'],
    settings: ['tsconfig.json', 'sandbox/tsconfig.json', 'sandbox/tsconfig.build.json', 'sandbox/build.mjs'],
  },
  'sandbox:test': {
    title: 'the tests of the sandbox',
    output: 'sandbox/dist-test',
    command: [TSC, '-p', 'sandbox/tsconfig.json'],
    sources: ['sandbox/src', 'sandbox/test'],
    settings: ['tsconfig.json', 'sandbox/tsconfig.json'],
  },
  client: {
    title: 'the client',
    output: 'client/dist',
    command: ['client/build.mjs'],
    sources: ['client/src'],
    settings: ['client/tsconfig.json', 'client/tsconfig.build.json', 'client/build.mjs'],
  },
  'client:test': {
    title: 'the tests of the client',
    output: 'client/dist-test',
    command: [TSC, '-p', 'client/tsconfig.json'],
    sources: ['client/src', 'client/test'],
    settings: ['client/tsconfig.json'],
  },
  examples: {
    title: 'the examples',
    output: 'examples/dist',
    command: [TSC, '-p', 'examples'],
    after: ['client'],
    sources: ['nest/src', 'next/app', 'express/server.mjs', 'email/server.mjs']
      .map((name) => `examples/${name}`)
      .concat('client/src'),
    settings: ['examples/tsconfig.json', 'examples/nest/tsconfig.json'],
  },
  page: {
    title: 'the billing page',
    output: 'web/dist',
    command: [VITE, 'build', 'web', '--logLevel', 'warn'],
    after: ['client'],
    sources: ['web/index.html', 'web/src', 'web/public', 'client/src'],
    settings: ['web/tsconfig.json', 'web/vite.config.ts'],
  },
};

export class BuildError extends Error {}

export const BUILD_NAMES = Object.keys(BUILDS);

/** Makes the next start build this anew, whatever its inputs are: for who writes into its output. */
export function forgetBuild(name) {
  rmSync(stampOf(BUILDS[name]), { force: true });
}

/**
 * Builds what is stale among these and what they need. Tells on standard error what is being built; standard output is
 * left to the program that starts afterwards.
 *
 * @param names what must be there
 * @param wished what may be missing in the end; why is told
 * @throws BuildError with what the compiler said, once the other builds have ended
 */
export async function build(names, wished = []) {
  const startedAt = performance.now();
  const running = new Map();
  const withSlot = slots(availableParallelism());
  const begin = (name) => {
    if (!running.has(name)) running.set(name, run(BUILDS[name]));
    return running.get(name);
  };
  const run = async (wanted) => {
    await Promise.all((wanted.after ?? []).map(begin));
    const stale = staleInputs(wanted);
    if (stale === undefined) return false;
    await withSlot(() => buildAnew(wanted, stale));
    return true;
  };
  const requested = BUILD_NAMES.filter((name) => names.includes(name) || wished.includes(name));
  await Promise.allSettled(requested.map(begin));
  const ended = await Promise.allSettled(running.values());
  if (ended.some(({ value }) => value === true)) {
    tell(`Built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  }
  for (const name of requested) await begin(name).catch((error) => forgive(error, wished.includes(name)));
}

function forgive(error, wished) {
  if (!wished || !(error instanceof BuildError)) throw error;
  tell(`${error.message} The rest works without it.`);
}

/** The inputs when they are not those of the last build, else undefined. */
function staleInputs(wanted) {
  const inputs = inputsOf(wanted);
  const last = lastInputs(wanted);
  return last.settings === inputs.settings && last.sources === inputs.sources ? undefined : inputs;
}

async function buildAnew(wanted, inputs) {
  // The compiler writes only what changed, so what came of a file that is gone would stay.
  const last = lastInputs(wanted);
  const present = new Set(inputs.files);
  const all = last.settings !== inputs.settings || last.files.some((file) => !present.has(file));
  rmSync(all ? path.join(ROOT, wanted.output) : stampOf(wanted), { recursive: true, force: true });
  tell(`Building ${wanted.title} …`);
  const { title, command, check } = wanted;
  const ended = await Promise.allSettled([command, check].filter(Boolean).map((one) => compile(title, one)));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  writeFileSync(stampOf(wanted), JSON.stringify(inputs));
}

async function compile(title, [program, ...parameters]) {
  const file = path.join(ROOT, program);
  if (!existsSync(file) || !existsSync(path.join(ROOT, TSC))) {
    throw new BuildError(
      `${title} is stale or missing, and the build tools are not installed: run "npm ci" (with development dependencies) first.`,
    );
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...parameters], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const listen = (chunk) => (said += chunk);
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new BuildError(`${said}\n${title} could not be built.`));
      if (said.trim() !== '') tell(said.trim());
      resolve();
    });
  });
}

function inputsOf({ sources, settings, output }) {
  const withSpecs = output.endsWith('dist-test');
  const files = sources.flatMap(filesAt).filter((file) => withSpecs || !file.endsWith('.spec.ts'));
  return { settings: hashOf(['package-lock.json', ...settings]), sources: hashOf(files), files };
}

function filesAt(place) {
  const whole = path.join(ROOT, place);
  if (!existsSync(whole)) return [];
  if (statSync(whole).isFile()) return [place];
  return readdirSync(whole, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(ROOT, file)));
  return hash.digest('hex');
}

function lastInputs(wanted) {
  try {
    return JSON.parse(readFileSync(stampOf(wanted), 'utf8'));
  } catch {
    return { settings: '', sources: '', files: [] };
  }
}

function stampOf({ output }) {
  return path.join(ROOT, output, '.inputs');
}

/** Lets so many run at a time, in the order in which they come. */
function slots(count) {
  const waiting = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

function tell(text) {
  process.stderr.write(`${text}\n`);
}

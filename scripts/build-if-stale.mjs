// Compiles one TypeScript project when its inputs changed since the last successful build: with `nest build` where its
// folder has a nest-cli.json, else with tsc.
// Usage: node scripts/build-if-stale.mjs <tsconfig file> <output folder> <folder or file of inputs …>, all seen from here
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const [tsconfig, outputFolder, ...inputPaths] = process.argv.slice(2).map((name) => path.resolve(name));
const project = path.dirname(tsconfig);
const stamp = path.join(outputFolder, '.inputs');

function filesAt(place) {
  if (!existsSync(place)) return [];
  if (statSync(place).isFile()) return [place];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) {
    if (existsSync(file)) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex');
}

function lastBuild() {
  try {
    return JSON.parse(readFileSync(stamp, 'utf8'));
  } catch {
    return { configuration: '', sources: '', files: [] };
  }
}

const configuration = [
  path.join(root, 'package-lock.json'),
  path.join(root, 'tsconfig.json'),
  path.join(project, 'nest-cli.json'),
  path.join(project, 'tsconfig.json'),
  tsconfig,
];
const sources = inputPaths.flatMap(filesAt);
const inputs = {
  configuration: hashOf(configuration),
  sources: hashOf(sources),
  files: sources.map((file) => path.relative(root, file)),
};
const last = lastBuild();
if (last.configuration === inputs.configuration && last.sources === inputs.sources) process.exit(0);

// The compiler writes only what changed, so what came of a file that is gone would stay.
const present = new Set(inputs.files);
const anew = last.configuration !== inputs.configuration || last.files.some((file) => !present.has(file));
rmSync(anew ? outputFolder : stamp, { recursive: true, force: true });
const usesNest = existsSync(path.join(project, 'nest-cli.json'));
const compiler = path.join(root, 'node_modules', usesNest ? '@nestjs/cli/bin/nest.js' : 'typescript/bin/tsc');
if (!existsSync(compiler)) {
  console.error(
    `${path.relative(root, outputFolder)}/ is stale or missing and the build tools are not installed: run "npm ci" (with development dependencies) first.`,
  );
  process.exit(1);
}
const build = spawnSync(
  process.execPath,
  usesNest ? [compiler, 'build', '--path', path.relative(project, tsconfig)] : [compiler, '-p', tsconfig],
  { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] },
);
if (build.status !== 0) process.exit(build.status ?? 1);
mkdirSync(outputFolder, { recursive: true });
writeFileSync(stamp, JSON.stringify(inputs));

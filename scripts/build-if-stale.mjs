// Runs `nest build` for one TypeScript project when its inputs changed since the last successful build.
// Usage: node scripts/build-if-stale.mjs <tsconfig file> <output folder>
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const [project = 'tsconfig.build.json', outputFolder = 'dist'] = process.argv.slice(2);
const stamp = path.join(root, outputFolder, '.inputs');

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

const configuration = ['package-lock.json', 'nest-cli.json', 'tsconfig.json', project, 'ormconfig.ts'];
const sources = ['src', 'test', 'client/src'].flatMap((folder) => filesBelow(path.join(root, folder)));

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

const inputs = {
  configuration: hashOf(configuration.map((name) => path.join(root, name))),
  sources: hashOf(sources),
  files: sources.map((file) => path.relative(root, file)),
};
const last = lastBuild();
if (last.configuration === inputs.configuration && last.sources === inputs.sources) process.exit(0);

// The compiler writes only what changed, so what came of a file that is gone would stay.
const present = new Set(inputs.files);
const anew = last.configuration !== inputs.configuration || last.files.some((file) => !present.has(file));
rmSync(anew ? path.join(root, outputFolder) : stamp, { recursive: true, force: true });
const nest = path.join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
if (!existsSync(nest)) {
  console.error(
    `${outputFolder}/ is stale or missing and the build tools are not installed: run "npm ci" (with development dependencies) first.`,
  );
  process.exit(1);
}
const build = spawnSync(process.execPath, [nest, 'build', '--path', project], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (build.status !== 0) process.exit(build.status ?? 1);
mkdirSync(path.join(root, outputFolder), { recursive: true });
writeFileSync(stamp, JSON.stringify(inputs));

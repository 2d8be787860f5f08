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

const hash = createHash('sha256').update(process.version);
const configuration = ['package-lock.json', 'nest-cli.json', 'tsconfig.json', project, 'ormconfig.ts'];
for (const file of [
  ...configuration.map((name) => path.join(root, name)),
  ...filesBelow(path.join(root, 'src')),
  ...filesBelow(path.join(root, 'test')),
]) {
  if (existsSync(file)) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file));
}
const inputs = hash.digest('hex');
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) process.exit(0);

rmSync(path.join(root, outputFolder), { recursive: true, force: true });
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
writeFileSync(stamp, inputs);

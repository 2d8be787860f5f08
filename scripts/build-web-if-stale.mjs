// Builds the billing page (web/dist) when its inputs changed since the last build. It never fails the start: the API
// works without the page.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const output = path.join(root, 'web', 'dist');
const stamp = path.join(output, '.inputs');
const strict = process.argv.includes('--strict');

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

const files = [
  ...['package-lock.json', 'web/index.html', 'web/tsconfig.json', 'web/vite.config.ts'].map((file) =>
    path.join(root, file),
  ),
  ...['web/src', 'web/public', 'client/src'].flatMap((folder) => filesBelow(path.join(root, folder))),
].filter((file) => !file.endsWith('.spec.ts'));
const hash = createHash('sha256');
for (const file of files) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file));
const inputs = hash.digest('hex');
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) process.exit(0);

const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
if (!existsSync(vite)) {
  const state = existsSync(path.join(output, 'index.html')) ? 'older than its sources' : 'not built';
  console.error(`The billing page is ${state}, and its build tools are not installed ("npm ci" without --omit=dev).`);
  process.exit(strict ? 1 : 0);
}
const build = spawnSync(process.execPath, [vite, 'build', path.join(root, 'web'), '--logLevel', 'warn'], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (build.status === 0) writeFileSync(stamp, inputs);
else console.error('The billing page could not be built; the API works without it.');
process.exit(strict ? (build.status ?? 1) : 0);

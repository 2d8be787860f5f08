// Compiles the package twice, as ES modules and as CommonJS.
// Usage: node build.mjs [output folder]
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const here = import.meta.dirname;
const output = path.resolve(process.argv[2] ?? path.join(here, 'dist'));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const builds = [
  { project: 'tsconfig.json', folder: 'esm', type: 'module' },
  { project: 'tsconfig.cjs.json', folder: 'cjs', type: 'commonjs' },
];

rmSync(output, { recursive: true, force: true });
for (const { project, folder, type } of builds) {
  const outDir = path.join(output, folder);
  const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(here, project), '--outDir', outDir], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(outDir, { recursive: true });
  writeFileSync(path.join(outDir, 'package.json'), `${JSON.stringify({ type })}\n`);
}

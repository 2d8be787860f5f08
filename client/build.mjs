// Compiles the package into dist/, as ES modules and as CommonJS.
// Usage: node build.mjs
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = import.meta.dirname;
const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript-native/package.json')));

rmSync(path.join(here, 'dist'), { recursive: true, force: true });
compile('dist/esm', 'module');
compile('dist/cjs', 'commonjs', '--module', 'commonjs', '--moduleResolution', 'bundler', '--noCheck');

function compile(folder, type, ...parameters) {
  const { status } = spawnSync(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', folder, ...parameters],
    { cwd: here, stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(path.join(here, folder, 'package.json'), `${JSON.stringify({ type })}\n`);
}

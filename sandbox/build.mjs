// Compiles the package into dist/, and declares the types of what others import.
// Usage: node build.mjs
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = import.meta.dirname;
const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript-native/package.json')));

compile('-p', 'tsconfig.build.json');
// Each of these two files tells its types by itself (--noResolve). The compiler would declare those of all others, too,
// with types of the stripe package that nobody has who installs this one.
compile(
  ...['src/index.ts', 'src/public-types.ts', '--ignoreConfig', '--noResolve', '--noCheck'],
  ...['--declaration', '--isolatedDeclarations', '--emitDeclarationOnly'],
  ...['--module', 'nodenext', '--target', 'es2023', '--outDir', 'dist'],
);
chmodSync(path.join(here, 'dist/main.js'), 0o755);

function compile(...parameters) {
  const { status } = spawnSync(process.execPath, [tsc, ...parameters], { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

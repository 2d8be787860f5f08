// Compiles the package into dist/, as ES modules and as CommonJS.
// Usage: node build.mjs
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

const here = import.meta.dirname;
const dist = path.join(here, 'dist');
const modules = path.join(dist, 'esm');
const commonJs = path.join(dist, 'cjs');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(here, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);

// From the modules, whose types are checked: only how they import and export differs.
mkdirSync(commonJs);
for (const file of readdirSync(modules)) {
  const text = readFileSync(path.join(modules, file), 'utf8');
  writeFileSync(path.join(commonJs, file), file.endsWith('.js') ? toCommonJs(text) : text);
}
for (const [folder, type] of [
  [modules, 'module'],
  [commonJs, 'commonjs'],
]) {
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify({ type })}\n`);
}

function toCommonJs(text) {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

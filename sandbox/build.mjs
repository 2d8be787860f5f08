// Compiles the package into dist/, and declares the types of what others import.
// Usage: node build.mjs
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

const here = import.meta.dirname;
const dist = path.join(here, 'dist');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(here, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);

// Each of these two files tells its types by itself. The compiler would declare those of all others, too: as long
// again as the compilation itself, with types of the stripe package that nobody has who installs this one.
for (const name of ['index', 'public-types']) {
  const file = path.join(here, 'src', `${name}.ts`);
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023 },
    reportDiagnostics: true,
  });
  for (const { messageText } of diagnostics) {
    console.error(`${name}.ts: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    process.exitCode = 1;
  }
  writeFileSync(path.join(dist, `${name}.d.ts`), outputText);
}
chmodSync(path.join(dist, 'main.js'), 0o755);

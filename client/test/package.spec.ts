import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

/** Seen from the compiled tests. */
const dist = path.resolve(import.meta.dirname, '../../dist');
let output: string;

beforeAll(() => {
  output = mkdtempSync(path.join(tmpdir(), 'billing-client-'));
  cpSync(dist, output, { recursive: true });
});
afterAll(() => rmSync(output, { recursive: true, force: true }));

it.each([
  ['an ES module', ['--input-type=module', '-e'], (file: string) => `import { BillingClient } from '${file}';`, 'esm'],
  [
    'CommonJS',
    ['--input-type=commonjs', '-e'],
    (file: string) => `const { BillingClient } = require('${file}');`,
    'cjs',
  ],
])('the built package works as %s, without anything else installed', (_kind, flags, load, folder) => {
  const program = `${load(path.join(output, folder, 'index.js'))}
    new BillingClient({ token: '', fetch: async () => Response.json([{ card_last4: '4242' }]) })
      .getPaymentMethods().then(([card]) => console.log(card.cardLast4));`;
  expect(execFileSync(process.execPath, [...flags, program], { cwd: output, encoding: 'utf8' })).toBe('4242\n');
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { CALM } from '../src/events/chaos.js';
import { RESOURCES, type Sandbox, createSandbox } from '../src/sandbox.js';

const page = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');
const run = promisify(execFile);

interface Step {
  readonly command: string;
  readonly output: string;
}

/** The commands of the page with what it says that they print; the one that starts the sandbox is the test's own. */
const STEPS: readonly Step[] = [...page.matchAll(/```console\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1))
  .map((part) => {
    const [command = '', ...output] = part.split('\n');
    return { command, output: output.join('\n').trim() };
  })
  .filter(({ command }) => !command.startsWith('npx '));

/** Without what differs from run to run: ids, moments and how much fell due. */
function comparable(text: string): string {
  return text
    .replaceAll(/fault_\w+/g, 'fault_')
    .replaceAll(/\b1[78]\d{8}\b/g, 'moment')
    .replaceAll(/"ran":\d+/g, '"ran":…')
    .trim();
}

describe('README.md', () => {
  let sandbox: Sandbox;
  let printed: readonly string[] = [];
  beforeAll(async () => {
    sandbox = await createSandbox();
    const functions = /```bash\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const script = [
      functions.replaceAll('http://127.0.0.1:12111', sandbox.url),
      ...STEPS.map(({ command }) => `${command}\nprintf '\\n<end>\\n'`),
    ];
    const { stdout } = await run('bash', ['-c', script.join('\n')], { timeout: 30_000 });
    printed = stdout.split('<end>\n');
  }, 60_000);
  afterAll(() => sandbox.close());

  it.each(STEPS.map(({ command, output }, position) => [command, output, position] as const))(
    '$ %s',
    (_command, output, position) => {
      expect(comparable(printed[position] ?? '')).toBe(comparable(output));
    },
  );

  it('names every kind of object that the API has, all chaos settings and all control calls', () => {
    const namespaced = ['billing', 'billing_portal', 'checkout', 'entitlements', 'test_helpers'];
    const kinds = RESOURCES.flatMap((resource) => resource.routes).map((route) => {
      const [, , first = '', second = ''] = route.path.split('/');
      return namespaced.includes(first) ? `${first}/${second}` : first;
    });
    const words = [...new Set(kinds), ...Object.keys(CALM).filter((name) => name !== 'seed')];
    expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
    const calls = [
      'advance',
      'reset',
      'state',
      'states',
      'states/save',
      'states/load',
      'deliveries',
      'deliveries/flush',
    ];
    const others = ['three_d_secure', 'checkout/complete', 'faults', 'faults/clear', 'chaos', 'dunning'];
    expect([...calls, ...others].filter((call) => !page.includes(call))).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningServer, startServer } from '../../src/local-stack/service.js';
import { EVENT_ROUTES } from '../../src/webhooks/event-routes.js';

const root = path.resolve(import.meta.dirname, '../../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const TOKEN_PROGRAM = path.resolve(import.meta.dirname, '../../src/cli/token.js');
const run = promisify(execFile);

/** A command of the tour and what the README says that it prints. */
interface Step {
  command: string;
  output: string;
}

function stepsOf(text: string): Step[] {
  return [...text.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.split('\n');
        return { command, output: output.join('\n').trim() };
      }),
  );
}

/** The output with its moments, ids and numbers of this run open, and anything at all for `…`. */
function patternOf(output: string): RegExp {
  const open: [RegExp, string][] = [
    [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'],
    [/"number":"[A-Z0-9]{8}-/, '"number":"[A-Z0-9]{8}-'],
    [/cs_test_\w+/, 'cs_test_\\w+'],
    [/127\.0\.0\.1:\d+/, '127\\.0\\.0\\.1:\\d+'],
    [/"(?:now|ran|expires_at)":\d+/, '"(?:now|ran|expires_at)":\\d+'],
    [/"amount_(?:due|paid)":119\.\d\d/, '"amount_(?:due|paid)":1[12]\\d(?:\\.\\d+)?'],
    [/"id":[2-9]\d*,/, '"id":\\d+,'],
    [/…/, '.*'],
  ];
  const token = new RegExp(open.map(([found]) => `(${found.source})`).join('|'), 'g');
  let pattern = '';
  let end = 0;
  for (const match of output.matchAll(token)) {
    pattern += escape(output.slice(end, match.index));
    const which = match.slice(1, open.length + 1).findIndex((group) => group !== undefined);
    pattern += open[which]?.[1] ?? '';
    end = match.index + match[0].length;
  }
  return new RegExp(`^${pattern}${escape(output.slice(end))}$`);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

describe('the tour of the README', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'billing-readme-'));
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ PORT: '0', SANDBOX_PORT: '0', BILLING_DATA_DIR: directory, LOG_LEVEL: 'silent' });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function execute(command: string, token: string): Promise<string> {
    const functions = [...readme.matchAll(/^(?:billing|sandbox)\(\) \{.*\}$/gm)].map(([line]) => line);
    const script = ['npm() { shift 4; node "$TOKEN_PROGRAM" "$@"; }', ...functions, command].join('\n');
    const { stdout } = await run('bash', ['-c', script], {
      env: {
        PATH: process.env.PATH,
        BILLING_DATA_DIR: directory,
        TOKEN_PROGRAM,
        TOKEN: token,
        BILLING: `${server.origin}/api/v1/billing`,
        SANDBOX: `${server.sandboxUrl}/_sandbox`,
      },
    });
    return stdout.trim();
  }

  it('gives what the README says, command by command', async () => {
    const token = await execute('npm run --silent token -- --sub alice', '');
    const steps = stepsOf(readme);
    expect(steps.length).toBeGreaterThan(15);
    for (const { command, output } of steps) {
      const wanted = patternOf(output);
      let answer = await execute(command, token);
      // What comes in through the webhook may take a moment; a person needs longer to type the command.
      for (let tries = 0; tries < 50 && command.startsWith('billing GET') && !wanted.test(answer); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        answer = await execute(command, token);
      }
      expect(`$ ${command}\n${answer}`).toMatch(new RegExp(`^${escape(`$ ${command}\n`)}${wanted.source.slice(1)}`));
    }
  }, 60_000);
});

describe('the table of webhook events in the README', () => {
  it('names exactly the types that are handled', () => {
    const [, table = ''] = /\| events \|.*\n([\s\S]*?)\n\n/.exec(readme) ?? [];
    const named = [...table.matchAll(/^\| ((?:`[a-z_.]+` ?)+)\|/gm)].flatMap(([, types = '']) =>
      [...types.matchAll(/`([a-z_.]+)`/g)].map(([, type]) => type),
    );
    expect(named.sort()).toEqual(Object.keys(EVENT_ROUTES).sort());
  });
});

#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { createSandbox } from './sandbox.js';

const USAGE = `Usage: sandbox [--port 12111] [--data DIRECTORY] [--exit-with-parent]

  --port              TCP port on 127.0.0.1 (default 12111; 0: a free one)
  --data              directory for the state (default: in memory only)
  --exit-with-parent  end when standard input ends
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '12111' },
      data: { type: 'string' },
      'exit-with-parent': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port must be 0 to 65535\n\n${USAGE}`);
  const sandbox = await createSandbox({
    port,
    dataDirectory: values.data,
    log: (message, error) => process.stderr.write(`${message}${describe(error)}\n`),
  });
  // A log that cannot be written, since the disk is full, is no reason to end.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (values['exit-with-parent']) process.stdin.on('end', end).on('error', end).resume();
  process.stdout.write(`Stripe sandbox listening on ${sandbox.url}\n`);
}

function describe(error: unknown): string {
  if (error === undefined) return '';
  return `: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

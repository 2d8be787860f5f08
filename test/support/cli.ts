import { runProgram } from '../../src/cli/program.js';
import { type AppConfig } from '../../src/config/app-config.js';
import { environmentOf } from './environment.js';

/** Runs a command with the configuration of a test's application; returns what it prints for a program. */
export async function cli(
  parameters: string[],
  config: AppConfig,
  databaseUrl = config.env.DATABASE_URL,
): Promise<{ code: number; json: Record<string, unknown> }> {
  let output = '';
  const streams = { stdout: { write: (text: string) => (output += text) }, stderr: { write: () => true } };
  const code = await runProgram(
    [...parameters, '--json'],
    environmentOf(config, { DATABASE_URL: databaseUrl }),
    streams,
  );
  return { code, json: JSON.parse(output) as Record<string, unknown> };
}

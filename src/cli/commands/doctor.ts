import { ConfigurationError } from '../../config/app-config.js';
import { withConfiguration } from '../application.js';
import { type CommandContext, type CommandResult } from '../command.js';
import { checkDatabase } from '../doctor/database-checks.js';
import { type Check, proxyCheck } from '../doctor/findings.js';
import { checkInstance } from '../doctor/instance-check.js';
import { checkStripe } from '../doctor/stripe-checks.js';

/** Without these, whose customers are whose cannot be told. */
const NEEDED = new Set(['database', 'migrations', 'stripe key']);

/** Looks at everything that the service needs. */
export function doctorCommand(context: CommandContext): Promise<CommandResult> {
  return diagnose(async () =>
    withConfiguration(context, async (config) => {
      const database = await checkDatabase(config);
      const stripe = await checkStripe(config);
      const usable = [...database, ...stripe].every(({ name, state }) => state !== 'fail' || !NEEDED.has(name));
      return [
        { name: 'configuration', state: 'ok', text: 'every variable fits' },
        proxyCheck(config.env.TRUST_PROXY),
        ...database,
        ...stripe,
        ...(usable ? [await checkInstance(config)] : []),
      ];
    }),
  );
}

async function diagnose(run: () => Promise<Check[]>): Promise<CommandResult> {
  const checks = await run().catch((error: unknown): Check[] => {
    if (!(error instanceof ConfigurationError)) throw error;
    return [{ name: 'configuration', state: 'fail', text: error.message, advice: 'see .env.example' }];
  });
  const text = checks.map(({ name, state, text: found, advice }) => {
    const line = `${state.padEnd(5)} ${name}: ${found}`;
    return advice === undefined ? line : `${line}\n      → ${advice}`;
  });
  return { text: text.join('\n'), json: { checks }, failed: checks.some(({ state }) => state === 'fail') };
}

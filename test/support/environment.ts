import { type AppConfig } from '../../src/config/app-config.js';

/** The variables that a configuration was read from, for another process or another instance. */
export function environmentOf({ env }: AppConfig, changes: Record<string, string> = {}): Record<string, string> {
  const values = Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || name === 'STRIPE_SANDBOX') return [];
    return [[name, Array.isArray(value) ? value.join(',') : String(value)] as const];
  });
  return { ...Object.fromEntries(values), ...changes };
}

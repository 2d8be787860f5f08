import Stripe from 'stripe';
import { type AppConfig, ConfigurationError } from '../../config/app-config.js';
import { STRIPE_API_VERSION } from '../../stripe/api-version.js';
import { hostOf } from '../../stripe/stripe-client.js';
import { UsageError } from '../command.js';

/**
 * Stripe for a command that sets an account up, before the service can start on it.
 * @throws UsageError for a live key that was not asked for
 */
export function accountOf(given: Partial<AppConfig['env']>, live: boolean): Stripe {
  const { STRIPE_SECRET_KEY: key, STRIPE_API_BASE: base } = given;
  if (key === undefined) throw new ConfigurationError('STRIPE_SECRET_KEY: must be set');
  if (/_live_/.test(key) && !live) throw new UsageError('The key is a live one: add --live if that is what you want');
  return new Stripe(key, { apiVersion: STRIPE_API_VERSION, maxNetworkRetries: 3, telemetry: false, ...hostOf(base) });
}

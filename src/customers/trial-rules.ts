import { validationFailed } from '../common/billing-error.js';
import { type Customer } from './customer.entity.js';

/**
 * The free days that a caller asks for.
 * @param longest the most that is offered; 0: none are
 * @throws BillingError validation_failed for more than that
 */
export function checkTrialDays(days: number | null, longest: number): number | null {
  if (days === null || days <= longest) return days;
  const message = longest === 0 ? 'trial_days is not offered' : `trial_days must not be greater than ${longest}`;
  throw validationFailed([{ field: 'trial_days', message }]);
}

/** Seconds between a subscription's beginning and that of the trial it began with, at most. */
const SAME_MOMENT_SECONDS = 60;

/**
 * True when a subscription of a plan began with a trial. Free days that support gives later begin a trial, too, as Stripe shows it
 * (`trial_end` on a running subscription): those are a gift and use nothing up. Nor does what is
 * sold at a price of no plan.
 */
export function beganWithTrial({
  planGroup,
  trialStart,
  stripeCreated,
}: {
  planGroup: string | null;
  trialStart: Date | null;
  /** Seconds, Stripe's clock. */
  stripeCreated: number;
}): boolean {
  return (
    planGroup !== null && trialStart !== null && trialStart.getTime() / 1000 <= stripeCreated + SAME_MOMENT_SECONDS
  );
}

/** The same for a query; `alias` is that of the subscription. */
export function beganWithTrialSql(alias: string): string {
  return `${alias}.planGroup IS NOT NULL AND ${alias}.trialStart <= to_timestamp(${alias}.stripeCreated + ${SAME_MOMENT_SECONDS})`;
}

/**
 * True for a trial that began before its customer was imported: whatever was agreed elsewhere is kept.
 * @param stripeCreated when the subscription was made: seconds, Stripe's clock
 */
export function isImported(stripeCreated: number, { importedAt }: Pick<Customer, 'importedAt'>): boolean {
  return importedAt !== null && stripeCreated <= importedAt.getTime() / 1000;
}

/** The same for a query; the aliases are those of the subscription and its customer. */
export function isImportedSql(subscription: string, customer: string): string {
  return `coalesce(to_timestamp(${subscription}.stripeCreated) <= ${customer}.importedAt, false)`;
}

/**
 * True when the customer had the one free trial that a customer may have.
 * @param oncePer what may have one trial only; without `customer`, a customer may have several
 */
export function hasUsedTrial(
  { trialUsedAt }: Pick<Customer, 'trialUsedAt'>,
  oncePer: ReadonlySet<'customer' | 'card'>,
): boolean {
  return oncePer.has('customer') && trialUsedAt !== null;
}

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

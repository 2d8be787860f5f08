import { type Context } from '../../kernel/context.js';
import { DEFAULT_DUNNING, type DunningSettings } from '../../rules/dunning.js';
import { objectType } from '../../kernel/object-type.js';

/** What Stripe's dashboard sets for failed payments, and the sandbox by a control call. There is at most one. */
interface StoredDunning extends DunningSettings {
  readonly id: 'dunning';
  readonly object: 'sandbox.dunning';
}

export const dunningSettings = objectType<StoredDunning>({ object: 'sandbox.dunning', prefix: 'dun' });

/** How failed payments are retried, and what happens to the subscription after the last retry. */
export function dunningOf(context: Context): DunningSettings {
  const { retry_after_days, final_action } = context.objects(dunningSettings).get('dunning') ?? DEFAULT_DUNNING;
  return { retry_after_days, final_action };
}

/** Changes the settings; they hold from the next failed payment on. */
export function changeDunning(context: Context, changes: Partial<DunningSettings>): DunningSettings {
  const settings = { ...dunningOf(context), ...changes };
  context.objects(dunningSettings).replace({ ...settings, id: 'dunning', object: 'sandbox.dunning' });
  return settings;
}

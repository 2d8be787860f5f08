import { type Kernel } from '../kernel/kernel.js';
import { changeDunning, dunningOf } from '../objects/invoice/dunning-settings.js';
import { type DunningSettings, type FinalAction } from '../rules/dunning.js';
import { type JsonObject, type JsonValue } from '../wire.js';
import { ControlError } from './control-error.js';

const ACTIONS: readonly FinalAction[] = ['cancel', 'unpaid', 'past_due'];
const MOST_RETRIES = 20;
const MOST_DAYS = 365;

function daysOf(value: JsonValue): number[] {
  const days: readonly JsonValue[] = Array.isArray(value) ? (value as readonly JsonValue[]) : [null];
  const valid = days.filter(
    (day): day is number => Number.isInteger(day) && Number(day) >= 1 && Number(day) <= MOST_DAYS,
  );
  if (valid.length === days.length && days.length <= MOST_RETRIES) return valid;
  throw new ControlError(
    400,
    `retry_after_days must be a list of at most ${MOST_RETRIES} whole numbers from 1 to ${MOST_DAYS}`,
  );
}

function actionOf(value: JsonValue): FinalAction {
  const action = ACTIONS.find((candidate) => candidate === value);
  if (action === undefined) throw new ControlError(400, `final_action must be one of ${ACTIONS.join(', ')}`);
  return action;
}

/** Returns how failed payments are retried. */
export function showDunning(kernel: Kernel): DunningSettings {
  return kernel.read(dunningOf);
}

/**
 * `{retry_after_days, final_action}`: how failed payments are retried and what happens to the subscription after the
 * last retry (`cancel`, `unpaid` or `past_due`); what is left out stays. Throws `ControlError`.
 */
export async function setDunning(kernel: Kernel, body: JsonObject): Promise<DunningSettings> {
  const { retry_after_days: days, final_action: action } = body;
  const changes: Partial<DunningSettings> = {
    ...(days === undefined ? {} : { retry_after_days: daysOf(days) }),
    ...(action === undefined ? {} : { final_action: actionOf(action) }),
  };
  const { result, durable } = kernel.transact(null, (context) => changeDunning(context, changes));
  await durable;
  return result;
}

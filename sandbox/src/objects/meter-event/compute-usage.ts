import { type Context } from '../../kernel/context.js';
import { type Period } from '../../rules/billing-cycle.js';
import { aggregate } from '../../rules/usage.js';
import { meters } from '../meter/meter-type.js';
import { meterEvents } from './meter-event-type.js';

/** What a customer used within a period, as a meter counts it: the start belongs to it, the end does not. */
export function usageOf(context: Context, meterId: string, customer: string, period: Period): number {
  const meter = context.objects(meters).require(meterId, 'meter');
  const events = context
    .objects(meterEvents)
    .where('usage', `${meter.id}/${customer}`)
    .filter((event) => event.timestamp >= period.start && event.timestamp < period.end)
    .map((event) => ({ value: event.sandbox.value, timestamp: event.timestamp }));
  return aggregate(meter.default_aggregation.formula, events);
}

import { type Resource } from '../../http/resource.js';
import { createHash } from 'node:crypto';
import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { arrayPage, pagination } from '../../http/lists.js';
import { type DeclaredFor, oneOf, required, string, timestamp } from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { type Period, SECONDS_PER_DAY } from '../../rules/billing-cycle.js';
import { type Wire } from '../../wire.js';
import { customers } from '../customer/customer-type.js';
import { usageOf } from '../meter-event/compute-usage.js';
import { meterEvents } from '../meter-event/meter-event-type.js';
import { type Meter, meters } from '../meter/meter-type.js';

type Summary = Wire<Stripe.Billing.MeterEventSummary>;

const WINDOW_SECONDS = { day: SECONDS_PER_DAY, hour: 3_600, minute: 60 } as const;

function checkAlignment(name: 'start_time' | 'end_time', time: number, window: keyof typeof WINDOW_SECONDS): void {
  if (time % WINDOW_SECONDS[window] === 0) return;
  throw invalidRequest(`\`${name}\` must be aligned with ${window} boundaries.`, { param: name });
}

/** The same summary has the same id each time, so that it can be a cursor. */
function summaryId(meter: Meter, customer: string, period: Period): string {
  const digest = createHash('sha256').update(`${meter.id}/${customer}/${period.start}/${period.end}`).digest('hex');
  return `mtrusg_test_${digest.slice(0, 24)}`;
}

function summary(context: Context, meter: Meter, customer: string, period: Period): Summary {
  return {
    id: summaryId(meter, customer, period),
    object: 'billing.meter_event_summary',
    aggregated_value: usageOf(context, meter.id, customer, period),
    end_time: period.end,
    livemode: false,
    meter: meter.id,
    start_time: period.start,
  };
}

/** The windows of a period that hold events, latest first. */
function usedWindows(context: Context, meter: Meter, customer: string, period: Period, seconds: number): Period[] {
  const starts = context
    .objects(meterEvents)
    .where('usage', `${meter.id}/${customer}`)
    .filter((event) => event.timestamp >= period.start && event.timestamp < period.end)
    .map((event) => event.timestamp - (event.timestamp % seconds));
  return [...new Set(starts)].sort((left, right) => right - left).map((start) => ({ start, end: start + seconds }));
}

const list = route({
  method: 'GET',
  path: '/v1/billing/meters/:meter/event_summaries',
  parameters: {
    ...pagination,
    customer: required(string()),
    end_time: required(timestamp()),
    start_time: required(timestamp()),
    value_grouping_window: oneOf('day', 'hour'),
  } satisfies DeclaredFor<Stripe.Billing.MeterListEventSummariesParams>,
  handle({ context, path, parameters: sent }) {
    const meter = context.objects(meters).require(path.meter);
    context.objects(customers).require(sent.customer, 'customer');
    const window = sent.value_grouping_window ?? 'minute';
    checkAlignment('start_time', sent.start_time, window);
    checkAlignment('end_time', sent.end_time, window);
    const period = { start: sent.start_time, end: sent.end_time };
    if (period.end <= period.start) {
      throw invalidRequest('`end_time` must be after `start_time`.', { param: 'end_time' });
    }
    const periods =
      window === 'minute' ? [period] : usedWindows(context, meter, sent.customer, period, WINDOW_SECONDS[window]);
    const summaries = periods.map((one) => summary(context, meter, sent.customer, one));
    return arrayPage(summaries, sent, `/v1/billing/meters/${meter.id}/event_summaries`);
  },
});

export const meterEventSummaryResource: Resource = { types: [], routes: [list] };

import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { StripeClient } from '../stripe/stripe-client.js';
import { EventBatch } from '../webhooks/event-batch.js';
import { type InboxFacts, MetricsReader } from './metrics.reader.js';

const STRIPE_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BATCH_EVENTS = [1, 2, 5, 10, 25, 50, 100];

/** What the service says of itself, in the text format of Prometheus. No label holds anything about a person. */
@Injectable()
export class MetricsService {
  private readonly registry = new Registry();

  constructor(
    private readonly reader: MetricsReader,
    stripe: StripeClient,
    batch: EventBatch,
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.addInbox();
    this.addOutgoing();
    this.addRepair();
    const calls = new Histogram({
      name: 'billing_stripe_call_seconds',
      help: 'Duration of calls to Stripe, retries included, by outcome',
      labelNames: ['outcome'],
      buckets: STRIPE_SECONDS,
      registers: [this.registry],
    });
    const batches = new Histogram({
      name: 'billing_webhook_batch_events',
      help: 'Webhook events that one transaction took in together',
      buckets: BATCH_EVENTS,
      registers: [this.registry],
    });
    batch.onBatch((events) => batches.observe(events));
    stripe.onCall(({ outcome, seconds }) => calls.observe({ outcome }, seconds));
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  render(): Promise<string> {
    return this.registry.metrics();
  }

  private addInbox(): void {
    this.gauge('billing_webhook_events', 'Events in the inbox, by state', 'state', async () =>
      (await this.reader.inbox()).byState.map(({ state, count }) => [state, count]),
    );
    const fact = (name: string, help: string, value: (facts: InboxFacts) => number) =>
      this.gauge(name, help, null, async () => [['', value(await this.reader.inbox())]]);
    fact('billing_webhook_dead_letters', 'Events that were given up and wait for an operator', (facts) => facts.dead);
    fact(
      'billing_webhook_lag_seconds',
      'Age of the oldest event that is not handled yet; 0 when there is none',
      (facts) => facts.lagSeconds,
    );
  }

  private addOutgoing(): void {
    this.gauge('billing_outgoing_dead_letters', 'Deliveries of outgoing events that were given up', null, async () => [
      ['', (await this.reader.outgoing()).dead],
    ]);
    this.gauge(
      'billing_outgoing_lag_seconds',
      'Age of the oldest outgoing event that waits for its number or its delivery; 0 when there is none',
      null,
      async () => [['', (await this.reader.outgoing()).lagSeconds]],
    );
  }

  private addRepair(): void {
    this.gauge('billing_open_intents', 'Stripe calls written down and not finished, by operation', 'operation', () =>
      this.reader.openOperations(),
    );
    this.gauge('billing_drift_found', 'Objects in which the last comparison found drift', 'run', () =>
      this.reader.lastResults('drift'),
    );
    this.gauge('billing_drift_fixed', 'Objects that the last comparison repaired', 'run', () =>
      this.reader.lastResults('fixed'),
    );
    this.gauge(
      'billing_events_missed',
      'Undelivered events that the last look at the list of Stripe found',
      'run',
      () => this.reader.lastResults('missing'),
    );
    this.gauge('billing_repair_finished_timestamp_seconds', 'When a run last ended', 'run', () =>
      this.reader.lastFinished(),
    );
  }

  /** A gauge whose values are asked for at each scrape. @param label its one label; null: it has none */
  private gauge(name: string, help: string, label: string | null, read: () => Promise<[string, number][]>): void {
    new Gauge({
      name,
      help,
      labelNames: label === null ? [] : [label],
      registers: [this.registry],
      async collect() {
        const values = await read();
        this.reset();
        for (const [key, value] of values) this.set(label === null ? {} : { [label]: key }, value);
      },
    });
  }
}

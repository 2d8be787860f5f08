import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { type Context } from '../kernel/context.js';
import { type Kernel } from '../kernel/kernel.js';
import { webhookEndpoints } from '../resources/webhook-endpoints.js';
import { realSeconds } from '../time/sandbox-clock.js';
import { type Delivery, deliveries, events, presentEvent } from './event-log.js';

/** Seconds to wait after each failed attempt, in real time. The delivery has failed when they are used up. */
export const DEFAULT_RETRY_SECONDS: readonly number[] = [1, 3, 10, 60, 600, 3_600, 21_600, 86_400, 86_400];
const ATTEMPT_TIMEOUT_MS = 10_000;
const PARALLEL_PER_ENDPOINT = 10;

/** The `Stripe-Signature` header of one attempt. */
export function signatureHeader(payload: string, secret: string, timestamp: number): string {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex');
  return `t=${timestamp},v1=${signature}`;
}

/**
 * Sends queued deliveries over real HTTP: in the order of emission, several at once, but the events of one object one
 * after the other. A failed attempt does not hold up later events.
 */
export class WebhookSender {
  private readonly waiting = new Map<string, Delivery[]>();
  private readonly busy = new Map<string, Set<string>>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  private active = 0;
  private closed = false;

  constructor(
    private readonly kernel: Kernel,
    private readonly retrySeconds: readonly number[],
    private readonly log: (message: string, error?: unknown) => void,
  ) {
    kernel.events.onDelivery((delivery) => this.enqueue(delivery));
  }

  /** Takes up the deliveries that an earlier process left. */
  resume(): void {
    for (const delivery of this.pending()) this.scheduleAttempt(delivery);
  }

  /** Tries all deliveries that wait for their next attempt now. */
  retryNow(): void {
    for (const delivery of this.pending()) {
      const timer = this.timers.get(delivery.id);
      if (timer === undefined) continue;
      clearTimeout(timer);
      this.timers.delete(delivery.id);
      this.enqueue(delivery);
    }
  }

  /** Waits until every delivery has been accepted or given up; answers how many still wait after the time-out. */
  async flush(timeoutMs: number): Promise<number> {
    const deadline = Date.now() + timeoutMs;
    await this.kernel.durable();
    while (this.pending().length > 0 && Date.now() < deadline) {
      if (this.active === 0 && this.queued() === 0) this.retryNow();
      await wait(20);
    }
    return this.pending().length;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.agents.http.destroy();
    this.agents.https.destroy();
    while (this.active > 0) await wait(5);
  }

  private pending(): Delivery[] {
    return this.kernel.store.objects(deliveries).where('state', 'pending');
  }

  private queued(): number {
    let count = 0;
    for (const queue of this.waiting.values()) count += queue.length;
    return count;
  }

  private scheduleAttempt(delivery: Delivery): void {
    const delay = Math.max(0, delivery.next_attempt_at - Date.now());
    if (delay === 0) return this.enqueue(delivery);
    const timer = setTimeout(() => {
      this.timers.delete(delivery.id);
      this.enqueue(delivery);
    }, delay);
    timer.unref();
    this.timers.set(delivery.id, timer);
  }

  private enqueue(delivery: Delivery): void {
    const queue = this.waiting.get(delivery.endpoint) ?? [];
    queue.push(delivery);
    this.waiting.set(delivery.endpoint, queue);
    this.startAttempts(delivery.endpoint);
  }

  private startAttempts(endpoint: string): void {
    const queue = this.waiting.get(endpoint) ?? [];
    const busy = this.busy.get(endpoint) ?? new Set<string>();
    this.busy.set(endpoint, busy);
    while (!this.closed && busy.size < PARALLEL_PER_ENDPOINT) {
      const position = queue.findIndex((delivery) => !busy.has(delivery.subject));
      const [delivery] = position === -1 ? [] : queue.splice(position, 1);
      if (delivery === undefined) return;
      busy.add(delivery.subject);
      this.active += 1;
      this.attempt(delivery)
        .catch((error: unknown) => this.log(`delivery ${delivery.id} failed`, error))
        .finally(() => {
          this.active -= 1;
          busy.delete(delivery.subject);
          this.startAttempts(endpoint);
        });
    }
  }

  private async attempt(delivery: Delivery): Promise<void> {
    const prepared = this.prepare(delivery);
    if (prepared === undefined) return;
    let failure: string | null = null;
    try {
      const status = await this.post(prepared.url, prepared.payload, prepared.signature);
      if (status < 200 || status > 299) failure = `HTTP ${status}`;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    if (this.closed) return;
    this.record(delivery, failure);
  }

  /** What to send, or undefined when the delivery is gone or its endpoint is disabled. */
  private prepare(delivery: Delivery): { url: string; payload: string; signature: string } | undefined {
    const store = this.kernel.store;
    const event = store.objects(events).get(delivery.event);
    const endpoint = store.objects(webhookEndpoints).get(delivery.endpoint);
    if (store.objects(deliveries).get(delivery.id) === undefined) return undefined;
    if (event === undefined || endpoint === undefined) {
      this.kernel.transact(null, (context) => context.objects(deliveries).remove(delivery.id));
      return undefined;
    }
    if (endpoint.status !== 'enabled') {
      this.record(delivery, 'the endpoint is disabled');
      return undefined;
    }
    const { result } = this.kernel.transact(null, (context: Context) => presentEvent(context, event));
    const payload = JSON.stringify({ ...result, api_version: endpoint.api_version ?? event.api_version }, null, 2);
    return { url: endpoint.url, payload, signature: signatureHeader(payload, endpoint.sandbox.secret, realSeconds()) };
  }

  private record(delivery: Delivery, failure: string | null): void {
    const retry = this.retrySeconds[delivery.attempts];
    const { result } = this.kernel.transact(null, (context) => {
      const stored = context.objects(deliveries);
      if (stored.get(delivery.id) === undefined) return undefined;
      if (failure === null) {
        stored.remove(delivery.id);
        return undefined;
      }
      return stored.update(delivery.id, {
        attempts: delivery.attempts + 1,
        state: retry === undefined ? 'failed' : 'pending',
        next_attempt_at: Date.now() + (retry ?? 0) * 1_000,
        last_error: failure,
      });
    });
    if (result?.state === 'pending') this.scheduleAttempt(result);
  }

  private post(url: string, payload: string, signature: string): Promise<number> {
    const target = new URL(url);
    const secure = target.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(
        target,
        {
          method: 'POST',
          agent: secure ? this.agents.https : this.agents.http,
          signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
          headers: {
            'Content-Type': 'application/json; charset=utf-8',
            'Content-Length': Buffer.byteLength(payload),
            'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
            'Stripe-Signature': signature,
          },
        },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(payload);
    });
  }
}

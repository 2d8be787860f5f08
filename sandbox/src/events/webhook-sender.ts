import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { urlToHttpOptions } from 'node:url';
import { type Kernel } from '../kernel/kernel.js';
import { type Delivery, deliveries } from '../objects/event/delivery-type.js';
import { events, presentEvent } from '../objects/event/event-type.js';
import { webhookEndpoints } from '../objects/webhook-endpoint/webhook-endpoint-type.js';
import { OLD_API_VERSION, toOldShape } from '../rules/old-shapes.js';
import { realSeconds } from '../time/sandbox-clock.js';
import { type Disturbance } from './chaos.js';
import { DeliveryQueue } from './delivery-queue.js';
import { type EventLog } from './event-log.js';

/** How deliveries are attempted, in seconds of real time. */
export interface DeliverySettings {
  /** The wait after each failed attempt. The delivery has failed when they are used up. */
  readonly retrySeconds: readonly number[];
  /** How long an endpoint may take to answer an attempt. */
  readonly timeoutSeconds: number;
}

export const DELIVERY_SETTINGS: DeliverySettings = {
  retrySeconds: [1, 3, 10, 60, 600, 3_600, 21_600, 86_400, 86_400],
  timeoutSeconds: 10,
};
const PARALLEL_PER_ENDPOINT = 10;
/** While time is advanced, which needs the processor too. */
const PARALLEL_WHILE_ADVANCING = 4;

/** One attempt, ready to be signed and sent. */
interface Prepared {
  readonly url: string;
  readonly payload: Buffer;
  readonly secret: string;
}

/** Where requests to an address go. */
interface Target {
  readonly request: typeof http.request;
  readonly options: http.RequestOptions;
}

/** The `Stripe-Signature` header of one attempt. */
function signatureHeader(payload: Buffer, secret: string, timestamp: number): string {
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(payload).digest('hex');
  return `t=${timestamp},v1=${signature}`;
}

/**
 * Sends queued deliveries over real HTTP: in the order of emission, several at once, but the events of one object one
 * after the other. A failed attempt does not hold up later events.
 */
export class WebhookSender {
  private queues = new Map<string, DeliveryQueue>();
  private readonly timers = new Map<string, { timer: NodeJS.Timeout; isRetry: boolean }>();
  private readonly disturbances = new Map<string, Disturbance>();
  private readonly agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  /** By the address of an endpoint: how to reach it. */
  private readonly targets = new Map<string, Target>();
  /** The ids of deliveries that were accepted, to be removed together. */
  private accepted: string[] = [];
  private active = 0;
  private closed = false;

  constructor(
    private readonly kernel: Kernel,
    eventLog: EventLog,
    private readonly settings: DeliverySettings,
    private readonly log: (message: string, error?: unknown) => void,
  ) {
    eventLog.onDelivery((delivery) => {
      const disturbance = eventLog.chaos.decide();
      this.disturbances.set(delivery.id, disturbance);
      this.schedule(delivery, disturbance.delayMs, false);
    });
  }

  /** Resumes the deliveries that an earlier process left. */
  resume(): void {
    for (const delivery of this.pending()) {
      this.schedule(delivery, delivery.next_attempt_at - Date.now(), delivery.attempts > 0);
    }
  }

  /** Drops all that is scheduled: before the state is replaced. */
  forget(): void {
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.queues = new Map();
    this.targets.clear();
    this.disturbances.clear();
  }

  /** Tries all deliveries that wait for their next attempt now. */
  retryNow(): void {
    for (const delivery of this.pending()) {
      const scheduled = this.timers.get(delivery.id);
      if (scheduled?.isRetry !== true) continue;
      clearTimeout(scheduled.timer);
      this.timers.delete(delivery.id);
      this.enqueue(delivery);
    }
  }

  /** Waits until every delivery has been accepted or given up; returns how many still wait after the time-out. */
  async flush(timeoutMs: number): Promise<number> {
    const deadline = Date.now() + timeoutMs;
    await this.kernel.durable();
    while (this.pendingCount() > 0 && Date.now() < deadline) {
      if (this.active === 0 && this.queued() === 0) this.retryNow();
      await wait(20);
    }
    return this.pendingCount();
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.agents.http.destroy();
    this.agents.https.destroy();
    while (this.active > 0) await wait(5);
    this.removeAccepted();
  }

  private pending(): Delivery[] {
    return this.kernel.store.objects(deliveries).where('state', 'pending');
  }

  private pendingCount(): number {
    return this.kernel.store.objects(deliveries).count('state', 'pending');
  }

  private queued(): number {
    let count = 0;
    for (const queue of this.queues.values()) count += queue.size;
    return count;
  }

  private schedule(delivery: Delivery, delayMs: number, isRetry: boolean): void {
    if (delayMs <= 0) return this.enqueue(delivery);
    const timer = setTimeout(() => {
      this.timers.delete(delivery.id);
      this.enqueue(delivery);
    }, delayMs);
    timer.unref();
    this.timers.set(delivery.id, { timer, isRetry });
  }

  private enqueue(delivery: Delivery): void {
    const queue = this.queues.get(delivery.endpoint) ?? new DeliveryQueue();
    this.queues.set(delivery.endpoint, queue);
    queue.push(delivery);
    this.startAttempts(queue);
  }

  private startAttempts(queue: DeliveryQueue): void {
    const most = this.kernel.isRunning ? PARALLEL_WHILE_ADVANCING : PARALLEL_PER_ENDPOINT;
    while (!this.closed && queue.running < most) {
      const delivery = queue.take();
      if (delivery === undefined) return;
      this.sendInTurn(queue, delivery).catch((error: unknown) => this.log('a delivery failed', error));
    }
  }

  /** Sends a delivery and then those about the same object that came up meanwhile. */
  private async sendInTurn(queue: DeliveryQueue, first: Delivery): Promise<void> {
    this.active += 1;
    for (let next: Delivery | undefined = first; next !== undefined; next = queue.done(first.subject)) {
      const { id } = next;
      if (!this.closed && this.kernel.isWritable)
        await this.attempt(next).catch((error: unknown) => this.log(`delivery ${id} failed`, error));
    }
    this.active -= 1;
    this.startAttempts(queue);
  }

  private async attempt(delivery: Delivery): Promise<void> {
    const disturbance = delivery.attempts === 0 ? this.disturbances.get(delivery.id) : undefined;
    this.disturbances.delete(delivery.id);
    let failure: string | null = 'dropped on request';
    if (disturbance?.dropForGood === true) return this.giveUp(delivery, failure);
    if (disturbance?.dropFirst !== true) {
      const prepared = this.prepare(delivery, disturbance);
      if (prepared === undefined) return;
      failure = await this.post(prepared);
      if (failure === null && disturbance?.duplicate === true) await this.post(prepared);
    }
    if (this.closed || !this.kernel.isWritable) return;
    if (failure === null) this.accept(delivery);
    else this.retryLater(delivery, failure);
  }

  /** Removes a delivery soon, in one transaction with the others that are accepted meanwhile. */
  private accept(delivery: Delivery): void {
    if (this.accepted.push(delivery.id) === 1) setImmediate(() => this.removeAccepted());
  }

  private removeAccepted(): void {
    const { accepted } = this;
    this.accepted = [];
    // What is not removed is sent once more when it can be.
    if (accepted.length === 0 || !this.kernel.isWritable) return;
    this.kernel.transact(null, (context) => accepted.forEach((id) => context.objects(deliveries).remove(id)));
  }

  /** What to send, or undefined when the delivery is gone or its endpoint is disabled. */
  private prepare(delivery: Delivery, disturbance: Disturbance | undefined): Prepared | undefined {
    const store = this.kernel.store;
    const event = store.objects(events).get(delivery.event);
    const endpoint = store.objects(webhookEndpoints).get(delivery.endpoint);
    if (store.objects(deliveries).get(delivery.id) === undefined) return undefined;
    if (event === undefined || endpoint === undefined) {
      this.kernel.transact(null, (context) => context.objects(deliveries).remove(delivery.id));
      return undefined;
    }
    if (endpoint.status !== 'enabled') {
      this.retryLater(delivery, 'the endpoint is disabled');
      return undefined;
    }
    const version =
      disturbance?.oldVersionFirst === true ? OLD_API_VERSION : (endpoint.api_version ?? event.api_version);
    const shown = this.kernel.read((context) => presentEvent(context, event));
    const shaped = version === OLD_API_VERSION ? { ...shown, data: toOldShape(event.data) } : shown;
    return {
      url: endpoint.url,
      payload: Buffer.from(JSON.stringify({ ...shaped, api_version: version }, null, 2)),
      secret: disturbance?.wrongSignatureFirst === true ? 'whsec_wrong' : endpoint.sandbox.secret,
    };
  }

  private giveUp(delivery: Delivery, failure: string): void {
    this.noteFailure(delivery, failure, undefined);
  }

  private retryLater(delivery: Delivery, failure: string): void {
    this.noteFailure(delivery, failure, this.settings.retrySeconds[delivery.attempts]);
  }

  /** @param retry seconds until the next attempt; undefined: that was the last one */
  private noteFailure(delivery: Delivery, failure: string, retry: number | undefined): void {
    const { result } = this.kernel.transact(null, (context) => {
      const stored = context.objects(deliveries);
      if (stored.get(delivery.id) === undefined) return undefined;
      return stored.update(delivery.id, {
        attempts: delivery.attempts + 1,
        state: retry === undefined ? 'failed' : 'pending',
        next_attempt_at: Date.now() + (retry ?? 0) * 1_000,
        last_error: failure,
      });
    });
    if (result?.state === 'pending') this.schedule(result, result.next_attempt_at - Date.now(), true);
  }

  /** Sends one attempt; returns why it failed, or null. */
  private post({ url, payload, secret }: Prepared): Promise<string | null> {
    const { request, options } = this.targetOf(url);
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': payload.length,
      'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      'Stripe-Signature': signatureHeader(payload, secret, realSeconds()),
    };
    return new Promise((resolve) => {
      const fail = (error: Error): void => resolve(error.message);
      const sent = request({ ...options, method: 'POST', headers }, (response) => {
        const status = response.statusCode ?? 0;
        response.resume();
        response.on('end', () => resolve(status >= 200 && status <= 299 ? null : `HTTP ${status}`));
        response.on('error', fail);
      });
      const { timeoutSeconds } = this.settings;
      const timer = setTimeout(() => {
        resolve(`no answer within ${timeoutSeconds} seconds`);
        sent.destroy();
      }, timeoutSeconds * 1_000);
      sent.on('error', fail);
      sent.on('close', () => {
        clearTimeout(timer);
        resolve('the connection was closed');
      });
      sent.end(payload);
    });
  }

  private targetOf(url: string): Target {
    const known = this.targets.get(url);
    if (known !== undefined) return known;
    const address = new URL(url);
    const secure = address.protocol === 'https:';
    const options = { ...urlToHttpOptions(address), agent: secure ? this.agents.https : this.agents.http };
    const target = { request: (secure ? https : http).request, options };
    this.targets.set(url, target);
    return target;
  }
}

import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import Stripe from 'stripe';
import { surelyAhead } from '../common/clock-check.js';
import { Clock } from '../common/clock.js';
import { isInsideTransaction } from '../common/transaction-context.js';
import { AppConfig } from '../config/app-config.js';
import { STRIPE_API_VERSION } from './api-version.js';
import { Pace } from './pace.js';
import { classifyStripeError, retryAfterOf, type StripeFailureKind } from './stripe-error.js';

/** Milliseconds for one attempt; with two retries and their back-off a call stays within 30 seconds. */
const ATTEMPT_TIMEOUT_MS = 8_000;
const NETWORK_RETRIES = 2;
/** Seconds that a call may take with the waits after 429, which the stripe package does not retry. */
const CALL_DEADLINE_SECONDS = 30;
const RATE_LIMIT_FIRST_WAIT_SECONDS = 0.5;
/** Milliseconds that Stripe gets to show that it can be reached. */
const PROBE_TIMEOUT_MS = 2_000;

/** What Stripe returned, and what is known about when that was true. */
export interface StripeAnswer<T> {
  object: T;
  /** `Date` header of the answer: whole seconds on Stripe's clock. */
  answeredAt: number;
  /** Whole seconds, rounded up, from before the first attempt until the answer. */
  elapsedSeconds: number;
  /** True when this is the first answer to the request: neither a replay of an idempotency key nor the answer to a retry. */
  first: boolean;
}

/** A call that has ended: its last attempt, and how long all of them took. */
export interface StripeCall {
  /** `ok`, or how it failed. */
  outcome: 'ok' | StripeFailureKind;
  seconds: number;
  /** Seconds that our clock is surely ahead of Stripe's; null when it is not known, or Stripe is a sandbox. */
  secondsAhead: number | null;
}

type Options = Stripe.RequestOptions;

/** The stripe package declares the listeners of its events as `any`. */
interface StripeEvents {
  on(event: 'request', listener: (request: Stripe.RequestEvent) => void): void;
}

/** The one Stripe client: pinned version, time-outs, retries, back-off. Throws the stripe package's errors. */
@Injectable()
export class StripeClient {
  private readonly logger = new Logger(StripeClient.name);
  private readonly stripe: Stripe;
  private readonly attempts = new Map<string, number>();
  /** What the last call showed, and when on the monotonic clock. */
  private lastContact: { reached: boolean; atSeconds: number } | null = null;
  private keyAccepted = true;
  /** Seconds that the clock of a sandbox, which is moved on purpose, is ahead of ours; null for Stripe itself. */
  private sandboxAhead: number | null = null;
  private probing: Promise<void> | null = null;
  private readonly listeners: ((call: StripeCall) => void)[] = [];
  private pace: Pace | null = null;

  constructor(
    config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.stripe = new Stripe(config.env.STRIPE_SECRET_KEY, {
      apiVersion: STRIPE_API_VERSION,
      maxNetworkRetries: NETWORK_RETRIES,
      timeout: ATTEMPT_TIMEOUT_MS,
      telemetry: false,
      ...hostOf(config.env.STRIPE_API_BASE),
    });
    const events: StripeEvents = this.stripe;
    events.on('request', ({ idempotency_key: key }) => {
      if (key !== undefined && this.attempts.has(key)) this.attempts.set(key, (this.attempts.get(key) ?? 0) + 1);
    });
  }

  /** @param listener called for every call once it has ended */
  onCall(listener: (call: StripeCall) => void): void {
    this.listeners.push(listener);
  }

  /** Lets this process make at most so many calls a second from now on: for programs that read a whole account. */
  limitCalls(perSecond: number): void {
    this.pace = new Pace(perSecond, this.clock);
  }

  /**
   * Whether Stripe answers: as the last call showed, or as a small call of its own shows when that is too long ago.
   * @param maxAgeSeconds how old what is known may be
   */
  async isReachable(maxAgeSeconds: number): Promise<boolean> {
    const known = this.lastContact;
    if (known === null || this.clock.monotonicSeconds() - known.atSeconds > maxAgeSeconds) {
      this.probing ??= this.probe().finally(() => (this.probing = null));
      await this.probing;
    }
    return this.lastContact?.reached === true;
  }

  /**
   * The present moment of Stripe's clock, to the second. A sandbox is asked, since its time is moved; Stripe's own is that
   * of this machine, or the process is not ready.
   */
  async now(): Promise<Date> {
    if (this.sandboxAhead !== null) await this.isReachable(0);
    return this.clock.secondsFromNow(this.sandboxAhead ?? 0);
  }

  /** Reads an object that may be gone: null when Stripe does not know the id. */
  async readOrNull<T>(call: (stripe: Stripe, options: Options) => Promise<T>): Promise<StripeAnswer<T | null>> {
    const start = this.clock.monotonicSeconds();
    try {
      return await this.read(call);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError) || error.code !== 'resource_missing') throw error;
      const elapsedSeconds = Math.ceil(this.clock.monotonicSeconds() - start);
      const answeredAt = secondsOf(error.headers?.date) ?? this.clock.epochSeconds();
      return { object: null, answeredAt, elapsedSeconds, first: true };
    }
  }

  /** A call that changes nothing at Stripe. Must not run inside a database transaction. */
  read<T>(call: (stripe: Stripe, options: Options) => Promise<T>): Promise<StripeAnswer<T>> {
    return this.perform((options) => call(this.stripe, options), {});
  }

  /**
   * A call that changes something at Stripe. Must not run inside a database transaction.
   * @param idempotencyKey names this change; the same key never does it twice (kept by Stripe for at least 24 hours)
   */
  async write<T>(
    idempotencyKey: string,
    call: (stripe: Stripe, options: Options) => Promise<T>,
  ): Promise<StripeAnswer<T>> {
    this.attempts.set(idempotencyKey, 0);
    try {
      const answer = await this.perform((options) => call(this.stripe, options), { idempotencyKey });
      return { ...answer, first: answer.first && (this.attempts.get(idempotencyKey) ?? 0) <= 1 };
    } finally {
      this.attempts.delete(idempotencyKey);
    }
  }

  /** A write whose repetition does no harm (setting the same value again), so that nobody needs to name it. */
  writeRepeatable<T>(call: (stripe: Stripe, options: Options) => Promise<T>): Promise<StripeAnswer<T>> {
    return this.write(randomUUID(), call);
  }

  /**
   * Every object of a list, page by page. Must not run inside a database transaction.
   * @param call asks for one page; it passes `page` on to the list call
   */
  async listAll<T extends { id: string }>(
    call: (
      stripe: Stripe,
      page: { limit: number; starting_after?: string },
      options: Options,
    ) => Promise<Stripe.ApiList<T>>,
  ): Promise<T[]> {
    const objects: T[] = [];
    for (;;) {
      const last = objects.at(-1);
      const page = { limit: 100, ...(last === undefined ? {} : { starting_after: last.id }) };
      const { object } = await this.read((stripe, options) => call(stripe, page, options));
      objects.push(...object.data);
      if (!object.has_more || object.data.length === 0) return objects;
    }
  }

  private async probe(): Promise<void> {
    const patience = { timeout: PROBE_TIMEOUT_MS, maxNetworkRetries: 0 };
    try {
      await this.read((stripe, options) => stripe.prices.list({ limit: 1 }, { ...options, ...patience }));
    } catch {
      // The call itself has noted what it showed.
    }
  }

  private noteContact(reached: boolean): void {
    this.lastContact = { reached, atSeconds: this.clock.monotonicSeconds() };
  }

  private noteKey(accepted: boolean): void {
    if (!accepted && this.keyAccepted)
      this.logger.error('Stripe refuses STRIPE_SECRET_KEY, or it may not do this: callers get 503 until it is mended');
    this.keyAccepted = accepted;
  }

  private noteSandbox(headers: Record<string, string | undefined>): void {
    const date = secondsOf(headers.date);
    if (date !== null && headers['stripe-sandbox'] !== undefined) this.sandboxAhead = date - this.clock.epochSeconds();
  }

  private refuseInsideTransaction(): void {
    if (isInsideTransaction()) throw new Error('A Stripe call must not run inside a database transaction');
  }

  private async perform<T>(call: (options: Options) => Promise<T>, options: Options): Promise<StripeAnswer<T>> {
    this.refuseInsideTransaction();
    const start = this.clock.monotonicSeconds();
    for (let wait = RATE_LIMIT_FIRST_WAIT_SECONDS; ; wait *= 2) {
      await this.pace?.next();
      try {
        const object = await call(options);
        this.noteContact(true);
        this.noteKey(true);
        const elapsedSeconds = Math.ceil(this.clock.monotonicSeconds() - start);
        const headers = headersOf(object);
        this.noteSandbox(headers);
        this.tell('ok', start, this.secondsAhead(headers, elapsedSeconds));
        return {
          object,
          elapsedSeconds,
          answeredAt: secondsOf(headers.date) ?? this.clock.epochSeconds(),
          first: headers['idempotent-replayed'] !== 'true',
        };
      } catch (error) {
        this.noteContact(reaches(error));
        this.noteKey(classifyStripeError(error)?.kind !== 'misconfigured');
        const seconds = rateLimitWait(error, wait);
        if (seconds === null || this.clock.monotonicSeconds() - start + seconds > CALL_DEADLINE_SECONDS) {
          this.tell(classifyStripeError(error)?.kind ?? 'unknown', start);
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      }
    }
  }

  private tell(outcome: StripeCall['outcome'], start: number, secondsAhead: number | null = null): void {
    const seconds = this.clock.monotonicSeconds() - start;
    for (const listener of this.listeners) listener({ outcome, seconds, secondsAhead });
  }

  /** The clock of a sandbox is moved on purpose: it says nothing about ours. */
  private secondsAhead(headers: Record<string, string | undefined>, elapsedSeconds: number): number | null {
    const date = secondsOf(headers.date);
    if (date === null || headers['stripe-sandbox'] !== undefined) return null;
    const now = this.clock.epochSeconds();
    return surelyAhead(now - elapsedSeconds, now, date);
  }
}

/** A refusal is an answer too; a failure of Stripe's is not, nor is one to every key that we have. */
function reaches(error: unknown): boolean {
  const kind = classifyStripeError(error)?.kind;
  return kind !== 'unavailable' && kind !== 'failed' && kind !== 'misconfigured';
}

/** Seconds to wait before a rate-limited call is sent again; null for every other error. */
function rateLimitWait(error: unknown, fallback: number): number | null {
  if (!(error instanceof Stripe.errors.StripeRateLimitError)) return null;
  return retryAfterOf(error) ?? fallback * (0.75 + Math.random() / 2);
}

function headersOf(object: unknown): Record<string, string | undefined> {
  const response = (object as { lastResponse?: { headers?: Record<string, string> } } | null)?.lastResponse;
  return response?.headers ?? {};
}

function secondsOf(httpDate: string | undefined): number | null {
  const milliseconds = httpDate === undefined ? NaN : Date.parse(httpDate);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}

/** A base URL as the stripe package takes it. */
export function hostOf(base: string | undefined): Pick<Stripe.StripeConfig, 'host' | 'port' | 'protocol'> {
  if (base === undefined) return {};
  const url = new URL(base);
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  return { host: url.hostname, port: url.port || (protocol === 'http' ? '80' : '443'), protocol };
}

import { createHash } from 'node:crypto';
import { type Behavior } from '../kernel/behavior.js';
import { type Kernel } from '../kernel/kernel.js';
import { objectType } from '../kernel/object-type.js';
import { type RawParameters } from './form.js';
import { StripeError } from '../errors/stripe-error.js';

const RETENTION_MS = 24 * 60 * 60 * 1_000;

/** A request with an `Idempotency-Key` and its answer. */
interface IdempotentAnswer {
  /** The key itself. */
  readonly id: string;
  readonly object: 'sandbox.idempotency_key';
  readonly fingerprint: string;
  readonly request: string;
  readonly status: number;
  readonly body: string;
  /** Real time in milliseconds. */
  readonly stored: number;
}

export const idempotencyKeys = objectType<IdempotentAnswer>({ object: 'sandbox.idempotency_key', prefix: 'idem' });
export const idempotencyBehavior: Behavior = { types: [idempotencyKeys] };

/** Remembers answers by `Idempotency-Key` for 24 hours. */
export class Idempotency {
  private readonly running = new Set<string>();

  constructor(private readonly kernel: Kernel) {}

  /** The stored answer for a key, or undefined when the request is to be executed. Throws 400 and 409. */
  find(key: string, fingerprint: string): IdempotentAnswer | undefined {
    if (key.length > 255) {
      throw idempotencyError(400, 'Idempotency keys can have at most 255 characters.');
    }
    const stored = this.kernel.store.objects(idempotencyKeys).get(key);
    if (this.running.has(key)) {
      throw idempotencyError(
        409,
        `There is currently another in-progress request using this Idempotent Key (that probably means you submitted ` +
          `twice, and the other request is still going through): ${key}. Please try again later.`,
        'idempotency_key_in_use',
      );
    }
    if (stored === undefined || stored.stored < Date.now() - RETENTION_MS) return undefined;
    if (stored.fingerprint !== fingerprint) {
      throw idempotencyError(
        400,
        `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a ` +
          `key other than '${key}' if you meant to execute a different request.`,
      );
    }
    return stored;
  }

  /** Holds a key until the answer is durable: the same key meanwhile → 409. */
  hold(key: string): void {
    this.running.add(key);
  }

  release(key: string): void {
    this.running.delete(key);
  }

  /** The record to store with the answer, within the transaction of the request. */
  answer(key: string, fingerprint: string, request: string, status: number, body: string): IdempotentAnswer {
    return { id: key, object: 'sandbox.idempotency_key', fingerprint, request, status, body, stored: Date.now() };
  }

  /** Removes the keys that are past their time. */
  prune(): void {
    const oldest = Date.now() - RETENTION_MS;
    this.kernel.transact(null, (context) => {
      for (const answer of context.objects(idempotencyKeys)) {
        if (answer.stored < oldest) context.objects(idempotencyKeys).remove(answer.id);
      }
    });
  }
}

/** Tells whether two requests are the same: method, path and parameters in any order. */
export function fingerprintOf(method: string, path: string, parameters: RawParameters): string {
  return createHash('sha256')
    .update(JSON.stringify([method, path, sorted(parameters)]))
    .digest('base64');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, entry]) => [name, sorted(entry)]);
}

function idempotencyError(status: number, message: string, code?: string): StripeError {
  return new StripeError(status, { type: 'idempotency_error', message, ...(code === undefined ? {} : { code }) });
}

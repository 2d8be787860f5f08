import { type ChaosSettings } from '../public-types.js';
import { type JsonObject } from '../wire.js';

/** What happens to one delivery. */
export interface Disturbance {
  readonly duplicate: boolean;
  readonly delayMs: number;
  readonly dropFirst: boolean;
  readonly oldVersionFirst: boolean;
  readonly wrongSignatureFirst: boolean;
  readonly dropForGood: boolean;
}

export const CALM: ChaosSettings = {
  seed: 1,
  duplicate: 0,
  reorder: 0,
  delay: 0,
  delay_seconds: 2,
  drop_until_retry: 0,
  old_api_version: 0,
  wrong_signature: 0,
  drop_for_good: 0,
  same_second: false,
  stamp_seconds: 1,
};

const REORDER_WITHIN_MS = 400;

/** Disturbs webhook deliveries on request. The same seed makes the same decisions for the same sequence of deliveries. */
export class Chaos {
  private current = CALM;
  private random = randomNumbers(CALM.seed);

  get settings(): ChaosSettings {
    return this.current;
  }

  /** Begins anew with these settings; what is left out is calm. Throws an Error that says what is wrong. */
  configure(body: JsonObject): ChaosSettings {
    const unknown = Object.keys(body).filter((name) => !Object.hasOwn(CALM, name));
    if (unknown.length > 0) throw new Error(`unknown chaos settings: ${unknown.join(', ')}`);
    this.current = {
      seed: numberOf(body, 'seed', 0, Number.MAX_SAFE_INTEGER),
      duplicate: numberOf(body, 'duplicate', 0, 1),
      reorder: numberOf(body, 'reorder', 0, 1),
      delay: numberOf(body, 'delay', 0, 1),
      delay_seconds: numberOf(body, 'delay_seconds', 0, 3_600),
      drop_until_retry: numberOf(body, 'drop_until_retry', 0, 1),
      old_api_version: numberOf(body, 'old_api_version', 0, 1),
      wrong_signature: numberOf(body, 'wrong_signature', 0, 1),
      drop_for_good: numberOf(body, 'drop_for_good', 0, 1),
      same_second: body.same_second === true,
      stamp_seconds: Math.floor(numberOf(body, 'stamp_seconds', 1, 3_600)),
    };
    this.random = randomNumbers(this.current.seed);
    return this.current;
  }

  calm(): void {
    this.configure({});
  }

  /** Decides what happens to the next delivery. Every call draws the same number of random numbers. */
  decide(): Disturbance {
    const happens = (probability: number): boolean => this.random() < probability;
    const { current } = this;
    const duplicate = happens(current.duplicate);
    const reorder = happens(current.reorder);
    const reorderMs = 50 + Math.floor(this.random() * REORDER_WITHIN_MS);
    const delay = happens(current.delay);
    const dropFirst = happens(current.drop_until_retry);
    const oldVersionFirst = happens(current.old_api_version);
    const wrongSignatureFirst = happens(current.wrong_signature);
    const dropForGood = happens(current.drop_for_good);
    const delayMs = (reorder ? reorderMs : 0) + (delay ? current.delay_seconds * 1_000 : 0);
    return { duplicate, delayMs, dropFirst, oldVersionFirst, wrongSignatureFirst, dropForGood };
  }

  /** The time that an event shows. */
  eventTime(now: number): number {
    return now - (now % (this.current.same_second ? 60 : this.current.stamp_seconds));
  }
}

function numberOf(body: JsonObject, name: keyof ChaosSettings, min: number, max: number): number {
  const given = body[name] ?? CALM[name];
  const value = typeof given === 'boolean' ? Number(given) : given;
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new Error(`${name} must be a number from ${min} to ${max}`);
  }
  return value;
}

/** Mulberry32: a small generator of numbers from 0 to 1 that a seed determines. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

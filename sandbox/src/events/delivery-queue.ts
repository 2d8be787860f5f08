import { type Delivery } from '../objects/event/delivery-type.js';

const SHRINK_AFTER = 1_000;

/**
 * The deliveries that wait for one endpoint: in order, but those about an object of which one is under way wait until
 * that has ended.
 */
export class DeliveryQueue {
  private waiting: Delivery[] = [];
  private first = 0;
  /** By the object that they are about: those that wait for the one under way. */
  private readonly held = new Map<string, Delivery[]>();
  private readonly busy = new Set<string>();
  private heldCount = 0;

  /** How many wait. */
  get size(): number {
    return this.waiting.length - this.first + this.heldCount;
  }

  /** How many are under way. */
  get running(): number {
    return this.busy.size;
  }

  push(delivery: Delivery): void {
    this.waiting.push(delivery);
  }

  /** The next one that may be sent, or undefined; `done` must follow. */
  take(): Delivery | undefined {
    for (let delivery = this.shift(); delivery !== undefined; delivery = this.shift()) {
      const { subject } = delivery;
      if (!this.busy.has(subject)) {
        this.busy.add(subject);
        return delivery;
      }
      const held = this.held.get(subject) ?? [];
      held.push(delivery);
      this.held.set(subject, held);
      this.heldCount += 1;
    }
    return undefined;
  }

  /** The delivery under way about an object has ended: returns the next about the same object, which takes its place. */
  done(subject: string): Delivery | undefined {
    const held = this.held.get(subject);
    const next = held?.shift();
    if (held?.length === 0) this.held.delete(subject);
    if (next === undefined) this.busy.delete(subject);
    else this.heldCount -= 1;
    return next;
  }

  private shift(): Delivery | undefined {
    const delivery = this.waiting[this.first];
    if (delivery === undefined) return undefined;
    this.first += 1;
    if (this.first > SHRINK_AFTER && this.first * 2 > this.waiting.length) {
      this.waiting = this.waiting.slice(this.first);
      this.first = 0;
    }
    return delivery;
  }
}

import { Injectable } from '@nestjs/common';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { type Outcome, type Ticket } from './projection.js';

/** What is changed at Stripe by folders that stand below the one that mirrors it. */
export type OtherKind = 'subscription' | 'invoice' | 'refund';

/** What a change needs of a projection. */
interface Door {
  beforeCommand(stripeId: string | null): Promise<Ticket>;
  applyAnswer(ticket: Ticket, answer: StripeAnswer<{ id: string }>): Promise<Outcome>;
}

/**
 * The projections by what they mirror, for whoever changes an object at Stripe whose projection stands in a folder above:
 * the change is mirrored at once, whoever makes it.
 */
@Injectable()
export class Doors {
  private readonly doors = new Map<OtherKind, Door>();

  /** Called by the projection itself when it is made. */
  register(kind: OtherKind, door: Door): void {
    this.doors.set(kind, door);
  }

  /**
   * Sends a request that changes an object and mirrors the answer.
   * @param stripeId null: the object is yet to be made
   * @returns the object as Stripe has it then
   * @throws what the call throws
   */
  async perform<Source extends { id: string }>(
    kind: OtherKind,
    stripeId: string | null,
    call: () => Promise<StripeAnswer<Source>>,
  ): Promise<Source> {
    const door = this.doors.get(kind);
    if (door === undefined) throw new Error(`No projection mirrors a ${kind}`);
    const ticket = await door.beforeCommand(stripeId);
    const answer = await call();
    await door.applyAnswer(ticket, answer);
    return answer.object;
  }
}

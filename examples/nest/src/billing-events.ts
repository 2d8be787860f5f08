import { Injectable } from '@nestjs/common';
import { type OutgoingEvent } from 'stripe-billing-client';

/**
 * What the host makes of the events. A real one keeps these three in its database and writes them in the transaction
 * that acts on the event.
 */
@Injectable()
export class BillingEvents {
  /** Ids of the events that were acted upon. */
  private readonly known = new Set<string>();
  /** The newest sequence of each payer. */
  private readonly newest = new Map<string, number>();
  /** The plan of each payer. */
  private readonly plans = new Map<string, string>();

  take(event: OutgoingEvent): void {
    if (this.known.has(event.id)) return; // the same again
    this.known.add(event.id);
    const { payer, sequence } = event;
    if (payer === null) return; // about the catalogue, so about everybody
    if (sequence <= (this.newest.get(payer) ?? 0)) return; // older than what is kept here
    this.newest.set(payer, sequence);
    if (event.object_type === 'subscription') {
      const { tier, status } = event.data.object;
      if (status === 'active' || status === 'trialing') this.plans.set(payer, String(tier));
      else this.plans.delete(payer);
    }
    console.log(`${payer} ${event.type} ${this.plans.get(payer) ?? 'none'}`);
  }
}

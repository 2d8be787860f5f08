import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { findOwner } from '../customers/former-stripe-customers.js';
import { toUpcomingInvoiceFacts } from '../invoices/invoice.mapper.js';
import { OutgoingEvents } from '../outgoing-events/outgoing-events.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { toSubscriptionFacts } from '../subscriptions/subscription.mapper.js';
import { type StripeEvent } from './stripe-event.js';

const TRIAL_END = 'customer.subscription.trial_will_end';
const UPCOMING = 'invoice.upcoming';

/** What Stripe announces without changing anything: it is told on, once for each of Stripe's events. */
@Injectable()
export class Announcements {
  constructor(private readonly events: OutgoingEvents) {}

  /** True for the types that are told on. */
  tells(type: string): boolean {
    return type === TRIAL_END || type === UPCOMING;
  }

  /** Tells on what the event announces, if it does; false where it is nobody's here. */
  async tell(manager: EntityManager, event: StripeEvent): Promise<boolean> {
    if (event.type === TRIAL_END) return this.tellTrialEnd(manager, event);
    if (event.type === UPCOMING) return this.tellUpcoming(manager, event);
    return true;
  }

  /** Stripe sends it also where a trial is ended at once. */
  private async tellTrialEnd(manager: EntityManager, { objectId, eventId: source }: StripeEvent): Promise<boolean> {
    const row = objectId === null ? null : await manager.findOneBy(Subscription, { stripeSubscriptionId: objectId });
    if (row === null) return false;
    if (row.status !== 'trialing') return true;
    const { id, customerId, stripeSubscriptionId: stripeId } = row;
    await this.events.write(manager, {
      types: ['subscription.trial_ending'],
      of: { customerId },
      object: { type: 'subscription', id, stripeId },
      data: { object: toSubscriptionFacts(row), previous: null },
      source,
    });
    return true;
  }

  private async tellUpcoming(manager: EntityManager, event: StripeEvent): Promise<boolean> {
    const { object, stripeCustomerId, eventId: source } = event;
    const customer = stripeCustomerId === null ? null : await findOwner(manager, stripeCustomerId);
    if (object === null || customer === null) return false;
    const facts = toUpcomingInvoiceFacts(object);
    await this.events.write(manager, {
      types: ['invoice.upcoming'],
      of: { customerId: customer.id },
      object: { type: 'invoice', id: null, stripeId: null },
      data: { object: facts, previous: null },
      source,
    });
    return true;
  }
}

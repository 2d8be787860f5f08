import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { StripeClient } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';

/** Some events, newest first. */
export interface EventPage {
  events: Stripe.Event[];
  hasMore: boolean;
  /** When Stripe answered: seconds, Stripe's clock. */
  answeredAt: number;
}

const PAGE_SIZE = 100;

/** Reads Stripe's list of events, which goes back 30 days. */
@Injectable()
export class EventGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The events just after the given one; null when Stripe does not know that one any more. */
  async pageAfter(eventId: string): Promise<EventPage | null> {
    try {
      return await this.page({ ending_before: eventId });
    } catch (error) {
      if (classifyStripeError(error)?.kind === 'missing') return null;
      throw error;
    }
  }

  /** The newest events, or those just before the given one. */
  pageBefore(eventId: string | null): Promise<EventPage> {
    return this.page(eventId === null ? {} : { starting_after: eventId });
  }

  private async page(position: Pick<Stripe.EventListParams, 'ending_before' | 'starting_after'>): Promise<EventPage> {
    const { object, answeredAt } = await this.stripe.read((stripe, options) =>
      stripe.events.list({ ...position, limit: PAGE_SIZE }, options),
    );
    return { events: object.data, hasMore: object.has_more, answeredAt };
  }
}

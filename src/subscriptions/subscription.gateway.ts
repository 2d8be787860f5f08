import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';
import { isLive, toSubscriptionStatus } from './subscription-status.js';
import { operationKeyOf } from '../operations/operation-metadata.js';

/** Stripe's own shapes, for the files that carry them between gateway and projection. */
export type StripeSubscription = Stripe.Subscription;

type Answer = Promise<StripeAnswer<Stripe.Subscription>>;

/** `discounts` is what the row needs in full; everything else of a subscription is mirrored by id. */
export const EXPAND = ['discounts'];
/** Beside that, what an item costs in another currency than its price's own. */
const EXPAND_WHOLE = [...EXPAND, 'items.data.price.currency_options'];

/** When a subscription is to end. */
export type ScheduledEnd = Pick<
  Stripe.SubscriptionUpdateParams,
  'cancel_at_period_end' | 'cancel_at' | 'proration_behavior'
>;

/** The Stripe calls about subscriptions. */
@Injectable()
export class SubscriptionGateway {
  constructor(private readonly stripe: StripeClient) {}

  retrieve(id: string): Promise<StripeAnswer<Stripe.Subscription | null>> {
    return this.stripe.readOrNull((stripe, options) =>
      stripe.subscriptions.retrieve(id, { expand: EXPAND_WHOLE }, options),
    );
  }

  /** @throws StripeError when Stripe does not know it */
  retrieveExisting(id: string): Answer {
    return this.stripe.read((stripe, options) => stripe.subscriptions.retrieve(id, { expand: EXPAND_WHOLE }, options));
  }

  /** All of the customer's subscriptions that have not ended, newest first. Stripe leaves out only what is `canceled`. */
  async listLive(customer: string): Promise<Stripe.Subscription[]> {
    const listed = await this.stripe.listAll((stripe, page, options) =>
      stripe.subscriptions.list({ customer, ...page }, options),
    );
    return listed.filter(({ status }) => isLive(toSubscriptionStatus(status)));
  }

  /** The subscription that an operation made, if it did. */
  async findByOperation(
    customer: string,
    operationKey: string,
    createdFrom: number,
  ): Promise<Stripe.Subscription | null> {
    const made = await this.stripe.listAll((stripe, page, options) =>
      stripe.subscriptions.list({ customer, status: 'all', created: { gte: createdFrom }, ...page }, options),
    );
    return made.find((subscription) => operationKeyOf(subscription.metadata) === operationKey) ?? null;
  }

  create(idempotencyKey: string, params: Stripe.SubscriptionCreateParams): Answer {
    return this.stripe.write(idempotencyKey, (stripe, options) => stripe.subscriptions.create(params, options));
  }

  /** Changes the plan now; declined money leaves the old plan and a pending update. */
  update(idempotencyKey: string, id: string, params: Stripe.SubscriptionUpdateParams): Answer {
    return this.stripe.write(idempotencyKey, (stripe, options) =>
      stripe.subscriptions.update(id, { ...params, expand: EXPAND }, options),
    );
  }

  /** Has a paused subscription go on. With a declined card it stays paused, and its new invoice open. */
  resume(idempotencyKey: string, id: string, params: Stripe.SubscriptionResumeParams): Answer {
    return this.stripe.write(idempotencyKey, (stripe, options) =>
      stripe.subscriptions.resume(id, { ...params, expand: EXPAND }, options),
    );
  }

  /** Has the subscription end later. */
  cancelLater(id: string, end: ScheduledEnd, comment: string | undefined): Answer {
    return this.set(id, { ...end, ...(comment === undefined ? {} : { cancellation_details: { comment } }) });
  }

  /** Ends the subscription now, without refund or credit. `latest_invoice` comes in full. */
  cancelNow(id: string, comment?: string): Answer {
    const details = comment === undefined ? {} : { cancellation_details: { comment } };
    return this.stripe.writeRepeatable((stripe, options) =>
      stripe.subscriptions.cancel(id, { ...details, expand: [...EXPAND, 'latest_invoice'] }, options),
    );
  }

  /** Clears whichever end is scheduled: Stripe's flag, or the date that its customer portal sets. */
  reactivate(id: string, flagged: boolean): Answer {
    const change: Stripe.SubscriptionUpdateParams = flagged ? { cancel_at_period_end: false } : { cancel_at: '' };
    return this.set(id, { ...change, cancellation_details: { comment: '' } });
  }

  /** Sets the subscription's own card; an empty text leaves it to the customer's default. */
  setDefaultPaymentMethod(id: string, paymentMethodId: string): Answer {
    return this.set(id, { default_payment_method: paymentMethodId });
  }

  /** Adds to the metadata; an empty text removes its name. */
  setMetadata(id: string, metadata: Record<string, string>): Answer {
    return this.set(id, { metadata });
  }

  endTrialNow(id: string): Answer {
    return this.set(id, { trial_end: 'now' });
  }

  private set(id: string, params: Stripe.SubscriptionUpdateParams): Answer {
    return this.stripe.writeRepeatable((stripe, options) =>
      stripe.subscriptions.update(id, { ...params, expand: EXPAND }, options),
    );
  }
}

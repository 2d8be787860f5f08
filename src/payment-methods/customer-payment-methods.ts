import { Injectable, Logger } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { CustomerGateway } from '../customers/customer.gateway.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { type OnCommit } from '../sync/projection.js';
import { Doors } from '../sync/doors.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { idOf } from '../stripe/values.js';
import { type PaymentMethod } from './payment-method.entity.js';
import { olderCopiesOf } from './card-copies.js';
import { PaymentMethodGateway } from './payment-method.gateway.js';
import { PaymentMethodProjection } from './payment-method.projection.js';
import { PaymentMethodReader } from './payment-method.reader.js';

/** Stripe's test cards (`pm_card_visa`) are no objects: attaching one makes a new payment method each time. */
const TEST_TOKEN = 'pm_card_';

/** A payment method that a caller named, and that the customer may use. */
export interface ResolvedPaymentMethod {
  /** As Stripe is to be asked for it; a test token (`pm_card_visa`) stays one until it is attached. */
  stripeId: string;
  /** True when it is attached to the customer already. */
  attached: boolean;
}

/** The payment methods of one customer, at Stripe and here, for everything that pays. */
@Injectable()
export class CustomerPaymentMethods {
  private readonly logger = new Logger(CustomerPaymentMethods.name);

  constructor(
    private readonly reader: PaymentMethodReader,
    private readonly gateway: PaymentMethodGateway,
    private readonly projection: PaymentMethodProjection,
    private readonly customerGateway: CustomerGateway,
    private readonly customerProjection: CustomerProjection,
    private readonly doors: Doors,
  ) {}

  /**
   * What a request means by a payment method: a Stripe id (`pm_…`) or our integer.
   * @throws BillingError invalid_payment_method when it is unknown, detached, or someone else's: all alike
   */
  async resolve(customer: StripeCustomer, reference: string | number): Promise<ResolvedPaymentMethod> {
    const row = await this.reader.find(reference);
    if (row !== null) {
      if (row.customerId !== customer.id || row.detachedAt !== null || row.stripePaymentMethodId === null)
        throw new BillingError('invalid_payment_method');
      return { stripeId: row.stripePaymentMethodId, attached: true };
    }
    if (typeof reference === 'number') throw new BillingError('invalid_payment_method');
    if (reference.startsWith(TEST_TOKEN)) return { stripeId: reference, attached: false };
    const { object } = await this.gateway.retrieve(reference);
    const holder = idOf(object?.customer);
    if (object === null || (holder !== null && holder !== customer.stripeCustomerId))
      throw new BillingError('invalid_payment_method');
    if (holder === null) return { stripeId: reference, attached: false };
    await this.projection.refresh(object.id);
    return { stripeId: object.id, attached: true };
  }

  /**
   * Attaches a payment method to the customer.
   * @returns its Stripe id from now on
   * @param noted runs in the transaction of the write, with that id
   * @throws BillingError invalid_payment_method; Stripe's card error when the card is declined
   */
  async attach(
    customer: StripeCustomer,
    stripeId: string,
    idempotencyKey: string,
    noted?: (id: string) => OnCommit,
  ): Promise<string> {
    const ticket = await this.projection.beforeCommand(stripeId);
    try {
      const answer = await this.gateway.attach(stripeId, customer.stripeCustomerId, idempotencyKey);
      await this.projection.applyAnswer(ticket, answer, noted?.(answer.object.id));
      return answer.object.id;
    } catch (error) {
      const failure = classifyStripeError(error);
      if (failure?.kind !== 'refused' && failure?.kind !== 'missing') throw error;
      if (failure.param !== 'customer') throw new BillingError('invalid_payment_method', undefined, {}, error);
      await this.customerProjection.refresh(customer.stripeCustomerId);
      throw new BillingError('conflict', undefined, {}, error);
    }
  }

  /** Detaches a payment method; one that is detached already is only brought up to date. */
  async detach(stripePaymentMethodId: string, onCommit?: OnCommit): Promise<void> {
    const ticket = await this.projection.beforeCommand(stripePaymentMethodId);
    try {
      await this.projection.applyAnswer(ticket, await this.gateway.detach(stripePaymentMethodId), onCommit);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.projection.refresh(stripePaymentMethodId, onCommit);
    }
  }

  /** Removes what is personal from the customer's payment methods, and detaches them. */
  async forgetAll(customerId: number): Promise<void> {
    for (const { stripePaymentMethodId: id } of await this.reader.list(customerId)) {
      if (id === null) continue;
      const ticket = await this.projection.beforeCommand(id);
      await this.projection.applyAnswer(ticket, await this.gateway.blank(id));
      await this.detach(id);
    }
  }

  /** Reads a payment method at Stripe and mirrors it. */
  async refresh(stripePaymentMethodId: string): Promise<void> {
    await this.projection.refresh(stripePaymentMethodId);
  }

  /**
   * Detaches what a purchase that came to nothing had attached. A card that became the default since then was given
   * once more, and stays.
   * @param attached its Stripe id, as the step of the purchase has it; nothing happens for anything else
   */
  async detachNew(attached: unknown): Promise<void> {
    if (typeof attached !== 'string' || attached.startsWith(TEST_TOKEN)) return;
    const row = await this.reader.find(attached);
    if (row?.isDefault !== true) await this.detach(attached);
  }

  /**
   * Makes an attached payment method the one that pays: the customer's default at Stripe, and no live subscription keeps
   * another one of its own. Older copies of the same card go.
   * @param withOwnCard live subscriptions that have a payment method of their own; read from Stripe when left out
   * @throws BillingError conflict when it was detached meanwhile
   */
  async setDefault(
    customer: StripeCustomer,
    stripeId: string,
    withOwnCard?: readonly string[],
    onCommit?: OnCommit,
  ): Promise<void> {
    const { stripeCustomerId } = customer;
    const ticket = await this.customerProjection.beforeCommand(stripeCustomerId);
    try {
      const changes = { invoice_settings: { default_payment_method: stripeId } };
      const answer = await this.customerGateway.update(stripeCustomerId, changes);
      await this.customerProjection.applyAnswer(ticket, answer, onCommit);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.projection.refresh(stripeId);
      throw new BillingError('conflict', undefined, {}, error);
    }
    await this.clearOwnDefaults(withOwnCard ?? (await this.listWithOwnCard(stripeCustomerId)));
    await this.detachAll(await this.findOlderCopies(customer, stripeId));
  }

  /**
   * Detaches the customer's older copies of a card, by its fingerprint; where one of them was the default, the card
   * becomes it first.
   */
  async removeDuplicates(customer: StripeCustomer, stripeId: string): Promise<void> {
    const older = await this.findOlderCopies(customer, stripeId);
    if (older.some((method) => method.isDefault)) await this.setDefault(customer, stripeId);
    else await this.detachAll(older);
  }

  /** Takes these subscriptions' own payment method away, so that the customer's default pays them. */
  async clearOwnDefaults(subscriptionIds: readonly string[]): Promise<void> {
    for (const id of subscriptionIds) {
      try {
        await this.doors.perform('subscription', id, () => this.gateway.clearSubscriptionDefault(id));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.logger.warn({ stripe_subscription_id: id }, 'A subscription keeps its own payment method');
      }
    }
  }

  private async listWithOwnCard(stripeCustomerId: string): Promise<string[]> {
    const live = await this.gateway.listLiveSubscriptions(stripeCustomerId);
    return live.filter(({ defaultPaymentMethodId }) => defaultPaymentMethodId !== null).map(({ id }) => id);
  }

  private async findOlderCopies(customer: StripeCustomer, stripeId: string): Promise<PaymentMethod[]> {
    return olderCopiesOf(stripeId, await this.reader.list(customer.id));
  }

  private async detachAll(methods: readonly PaymentMethod[]): Promise<void> {
    for (const { stripePaymentMethodId } of methods) {
      if (stripePaymentMethodId !== null) await this.detach(stripePaymentMethodId);
    }
  }
}

/** Stripe said no for good: the object is gone or its state forbids it. */
function isRefusal(error: unknown): boolean {
  const kind = classifyStripeError(error)?.kind;
  return kind === 'refused' || kind === 'missing';
}

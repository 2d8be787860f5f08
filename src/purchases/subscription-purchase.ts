import { Injectable, Logger } from '@nestjs/common';
import { type Payer } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods } from '../payment-methods/customer-payment-methods.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { type PurchaseOrder, PurchaseOrders, type PurchaseWish } from './purchase-order.js';
import { PurchaseExplanations } from './purchase-explanations.js';
import { PurchaseGate } from './purchase-gate.js';
import { toCreateParams } from './purchase.mapper.js';
import { isPaidByDefault, purchaseOperationOf } from './purchase-rules.js';
import { type Bought, PurchaseCompletion } from './purchase-completion.js';
import { type StripeSubscription, SubscriptionGateway } from '../subscriptions/subscription.gateway.js';
import { operationMetadata } from '../operations/operation-metadata.js';

type Made = StripeAnswer<StripeSubscription>;

/** What came of a purchase. */
export interface Purchase extends Bought {
  /** False when an unfinished purchase of the same plan was resumed. */
  created: boolean;
}

/**
 * Buys a subscription: rules, operation, Stripe, mirror. After a crash at any point the same request resumes it, or the
 * recovery finishes it.
 */
@Injectable()
export class SubscriptionPurchase {
  private readonly logger = new Logger(SubscriptionPurchase.name);

  constructor(
    private readonly orders: PurchaseOrders,
    private readonly gate: PurchaseGate,
    private readonly completion: PurchaseCompletion,
    private readonly explanations: PurchaseExplanations,
    private readonly operations: Operations,
    private readonly gateway: SubscriptionGateway,
    private readonly paymentMethods: CustomerPaymentMethods,
  ) {}

  /**
   * @throws BillingError the 400s of PurchaseOrders, the 409s of PurchaseGate, card_declined, stripe_unavailable,
   * stripe_failed
   */
  async buy(payer: Payer, wish: PurchaseWish): Promise<Purchase> {
    const order = await this.orders.check(payer, wish);
    const unfinished = await this.completion.resume(order);
    if (unfinished !== null) return { ...unfinished, created: false };
    const operation = await this.gate.open(purchaseOperationOf(order), order);
    const bought = await this.operations.carryOut(operation, (undo) =>
      this.explanations.of(order.customer, wish.coupon_code, () => this.carryOut(operation, order, undo)),
    );
    return { ...bought, created: true };
  }

  private async carryOut(
    operation: StripeOperation,
    order: PurchaseOrder,
    undo: (step: () => Promise<unknown>) => void,
  ): Promise<Bought> {
    await this.gate.clear(order, operation.key);
    const card = await this.attachCard(operation, order);
    // A resumed purchase finds its card attached by its own first try.
    const isNew = order.paymentMethod?.attached === false || operation.steps.attach !== undefined;
    if (card !== null && isNew) undo(() => this.paymentMethods.detach(card));
    const paying = card ?? order.customer.defaultStripePaymentMethodId;
    if (paying !== null && order.trialDays !== null) await this.gate.refuseKnownCard(order.customer, paying);
    const made = await this.create(operation, order, card);
    const isGood = card !== null && made.object.status !== 'incomplete';
    const answer = isGood ? await this.makeDefault(order, card, made) : made;
    return this.completion.finish(operation, answer, card !== null || isPaidByDefault(order));
  }

  /** The card of the purchase as the customer's own; null without one. */
  private async attachCard(
    operation: StripeOperation,
    { customer, paymentMethod }: PurchaseOrder,
  ): Promise<string | null> {
    if (paymentMethod === null || paymentMethod.attached) return paymentMethod?.stripeId ?? null;
    const { payment_method: wanted } = await this.operations.prepareStep(operation, 'attach', {
      payment_method: paymentMethod.stripeId,
    });
    return this.paymentMethods.attach(customer, wanted, Operations.stepKey(operation, 'attach'));
  }

  private async create(operation: StripeOperation, order: PurchaseOrder, card: string | null) {
    const params = await this.operations.prepareStep(
      operation,
      'subscription',
      toCreateParams({
        customer: order.customer.stripeCustomerId,
        lines: order.lines,
        currency: order.currency,
        hasCard: card !== null || isPaidByDefault(order),
        ...(card === null ? {} : { paymentMethodId: card }),
        ...(order.trialDays === null ? {} : { trialDays: order.trialDays }),
        ...(order.discount === null ? {} : { discounts: [order.discount] }),
        metadata: { ...order.metadata, ...order.payer, ...operationMetadata(operation.key) },
      }),
    );
    return this.gateway.create(Operations.stepKey(operation, 'subscription'), params);
  }

  /**
   * The purchase stands whether or not this works: the subscription has the card of its own.
   * @returns the subscription as Stripe has it then
   */
  private async makeDefault({ customer }: PurchaseOrder, card: string, made: Made): Promise<Made> {
    try {
      await this.paymentMethods.setDefault(customer, card, []);
      return await this.gateway.setDefaultPaymentMethod(made.object.id, '');
    } catch (error) {
      if (classifyStripeError(error) === null && !(error instanceof BillingError)) throw error;
      this.logger.warn({ customer_id: customer.id }, 'The card of a purchase could not be made the default');
      return made;
    }
  }
}

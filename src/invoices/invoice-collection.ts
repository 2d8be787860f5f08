import { Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { Customer } from '../customers/customer.entity.js';
import { CustomerReader } from '../customers/customer.reader.js';
import { type StripeCustomer } from '../customers/stripe-customers.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods, type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { NO_ACTION, type RequiredAction } from '../subscriptions/collection/required-action.js';
import { type PayInvoiceDto } from './dto/pay-invoice.dto.js';
import { InvoiceCompletion } from './invoice-completion.js';
import { Invoice } from './invoice.entity.js';
import { InvoiceGateway } from './invoice.gateway.js';
import { refuseByState, stripeIdOf } from './invoice-rules.js';

/** Collects an open invoice from the customer who is there to pay it: rules, operation, Stripe, mirror. */
@Injectable()
export class InvoiceCollection {
  constructor(
    private readonly customers: CustomerReader,
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly gateway: InvoiceGateway,
    private readonly completion: InvoiceCompletion,
  ) {}

  /**
   * @throws BillingError invalid_payment_method, invoice_state, payment_method_required, purchase_in_progress; card_declined:
   * the invoice stays open, and a card that was new is not kept
   */
  async pay(row: Invoice, { payment_method_id: reference }: PayInvoiceDto): Promise<RequiredAction> {
    const customer = await this.customerOf(row);
    const card =
      reference === undefined || reference === null ? null : await this.paymentMethods.resolve(customer, reference);
    const operation = await this.open(row, card);
    return this.operations.carryOut(operation, (undo) => this.carryOut(operation, row, customer, card, undo));
  }

  private open(row: Invoice, card: ResolvedPaymentMethod | null): Promise<StripeOperation> {
    const { customerId } = row;
    return this.transactions.run(async (manager) => {
      await manager.findOneOrFail(Customer, { where: { id: customerId }, lock: { mode: 'pessimistic_write' } });
      const request = { payment_method: card?.stripeId ?? null };
      const wanted = { customerId, kind: 'invoice.pay' as const, subjectStripeId: stripeIdOf(row), request };
      return this.operations.beginExclusive(manager, wanted, async () =>
        refuseByState(await manager.findOneByOrFail(Invoice, { id: row.id })),
      );
    });
  }

  private async carryOut(
    operation: StripeOperation,
    row: Invoice,
    customer: StripeCustomer,
    card: ResolvedPaymentMethod | null,
    undo: (step: () => Promise<unknown>) => void,
  ): Promise<RequiredAction> {
    const paying = await this.attach(operation, customer, card);
    // A resumed payment finds its card attached by its own first try.
    const isNew = card?.attached === false || operation.steps.attach !== undefined;
    if (isNew) undo(() => this.paymentMethods.detachNew(paying));
    try {
      const params = await this.operations.prepareStep(operation, 'pay', {
        off_session: false,
        ...(paying === null ? {} : { payment_method: paying }),
      });
      await this.completion.finish(operation, () =>
        this.gateway.pay(Operations.stepKey(operation, 'pay'), stripeIdOf(row), params),
      );
    } catch (error) {
      const action = await this.actionAfter(error, operation, row, customer);
      if (action !== null) return action;
      throw error;
    }
    await this.completion.settle(row, customer, paying);
    return NO_ACTION;
  }

  private async attach(
    operation: StripeOperation,
    customer: StripeCustomer,
    card: ResolvedPaymentMethod | null,
  ): Promise<string | null> {
    if (card === null || card.attached) return card?.stripeId ?? null;
    const { payment_method: wanted } = await this.operations.prepareStep(operation, 'attach', {
      payment_method: card.stripeId,
    });
    return this.paymentMethods.attach(customer, wanted, Operations.stepKey(operation, 'attach'));
  }

  /**
   * What the customer has to do about a payment that Stripe did not take; null when nothing helps but another card.
   * @throws BillingError invoice_state, payment_method_required
   */
  private async actionAfter(
    error: unknown,
    operation: StripeOperation,
    row: Invoice,
    customer: StripeCustomer,
  ): Promise<RequiredAction | null> {
    const kind = classifyStripeError(error)?.kind;
    if (kind !== 'card_declined' && kind !== 'refused') return null;
    const [now, subscription] = await this.completion.refresh(row);
    if (kind === 'card_declined') return this.completion.findAction(operation, row);
    refuseByState(now ?? row);
    const default_ = subscription?.stripeDefaultPaymentMethodId ?? customer.defaultStripePaymentMethodId;
    if (default_ === null && operation.request.payment_method === null)
      throw new BillingError('payment_method_required', undefined, {}, error);
    return null;
  }

  private async customerOf(row: Invoice): Promise<StripeCustomer> {
    const customer = await this.customers.get(row.customerId);
    const { stripeCustomerId } = customer;
    if (stripeCustomerId === null || customer.deletedAt !== null) throw new BillingError('invoice_state');
    return Object.assign(customer, { stripeCustomerId });
  }
}

import { Injectable, Logger } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { loggedPayer, ownerColumn, type PayerKey } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { type Customer } from '../customers/customer.entity.js';
import { CustomerGateway } from '../customers/customer.gateway.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { CustomerReader } from '../customers/customer.reader.js';
import { lockCustomer } from '../customers/customer-lock.js';
import { payerOf } from '../customers/payer-of-customer.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { RECOVERABLE_OPERATIONS, StripeOperation } from '../operations/stripe-operation.entity.js';
import { CustomerPaymentMethods } from '../payment-methods/customer-payment-methods.js';
import { CheckoutSessionsGateway } from '../purchases/checkout-sessions.gateway.js';
import { SubscriptionCancellation } from '../subscriptions/lifecycle/subscription-cancellation.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { SubscriptionGateway } from '../subscriptions/subscription.gateway.js';
import { type PayerRow, tableOf } from './payer.reader.js';
import { PersonalDataRemoval } from './personal-data-removal.js';

/** What Stripe keeps of a person; an empty text clears it. */
const BLANK = { email: '', name: '', phone: '', address: '', shipping: '', description: '' } as const;
const UNFINISHED = 'Something of this payer is not finished yet; the closing goes on by itself once it is';

/**
 * Closes a payer for good: lets nobody in, cancels at Stripe, removes what is personal there and here. Each step may be done
 * again, so that what a crash or Stripe leaves undone is carried on by the runner of operations.
 */
@Injectable()
export class PayerClosing {
  private readonly logger = new Logger(PayerClosing.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly customers: CustomerReader,
    private readonly customerGateway: CustomerGateway,
    private readonly customerProjection: CustomerProjection,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly sessions: CheckoutSessionsGateway,
    private readonly subscriptions: SubscriptionGateway,
    private readonly commands: SubscriptionCommands,
    private readonly cancellation: SubscriptionCancellation,
    private readonly personalData: PersonalDataRemoval,
    private readonly audit: AuditLog,
  ) {}

  /** @throws BillingError conflict while something else of the payer is open; stripe_failed, stripe_unavailable */
  async close(payer: PayerRow): Promise<void> {
    if (payer.closedAt !== null) return;
    const { customerId } = payer;
    const operation = await this.transactions.run(async (manager) => {
      await this.shutOut(manager, payer);
      if (customerId === null) return this.blank(manager, payer, null);
      await lockCustomer(manager, customerId);
      const wanted = { customerId, kind: 'payer.close' as const, request: {} };
      return this.operations.beginExclusive(manager, wanted, () => Promise.resolve());
    });
    if (operation !== undefined) await this.finishOrRelease(operation);
  }

  /** It never fails for good: who is shut out must be closed in the end. */
  private async finishOrRelease(operation: StripeOperation): Promise<void> {
    try {
      await this.finish(operation);
    } catch (error) {
      await this.operations.release(operation);
      throw error;
    }
  }

  /** Carries an open closing on. */
  async finish(operation: StripeOperation): Promise<void> {
    const customer = await this.customers.get(operation.customerId);
    const payer = payerOf(customer);
    await this.refuseUnfinished(operation);
    if (customer.stripeCustomerId !== null && customer.deletedAt === null) {
      await this.endContracts(customer.stripeCustomerId);
      await this.blankAtStripe(customer, customer.stripeCustomerId);
    }
    await this.transactions.run(async (manager) => {
      await this.blank(manager, payer, customer.id);
      await this.operations.close(manager, operation, { state: 'done', resultStripeId: customer.stripeCustomerId });
    });
    this.logger.log(loggedPayer(payer), 'A payer was closed');
  }

  /** From now on nothing new begins: every request is a 403. */
  private async shutOut(manager: EntityManager, payer: PayerKey): Promise<void> {
    await manager.query(`UPDATE ${tableOf(payer)} SET is_active = false, updated_at = now() WHERE id = $1`, [payer.id]);
  }

  /** A purchase that is under way could come to something after its payer was closed. */
  private async refuseUnfinished({ customerId }: StripeOperation): Promise<void> {
    const isOpen = await this.transactions.withoutTransaction((manager) =>
      manager.existsBy(StripeOperation, { customerId, kind: In([...RECOVERABLE_OPERATIONS]), state: 'open' }),
    );
    if (isOpen) throw new BillingError('conflict', UNFINISHED);
  }

  private async endContracts(stripeCustomerId: string): Promise<void> {
    for (const { id } of await this.sessions.listOpen(stripeCustomerId)) await this.sessions.expire(id);
    for (const { id } of await this.subscriptions.listLive(stripeCustomerId)) {
      const row = await this.commands.refresh(id);
      if (row === null) await this.commands.cancelNow(id);
      else await this.cancellation.cancel(row, { cancel_at_period_end: false });
    }
  }

  private async blankAtStripe({ id }: Customer, stripeCustomerId: string): Promise<void> {
    await this.paymentMethods.forgetAll(id);
    const ticket = await this.customerProjection.beforeCommand(stripeCustomerId);
    await this.customerProjection.applyAnswer(ticket, await this.customerGateway.update(stripeCustomerId, BLANK));
  }

  /** Removes what is personal here, and says once that the payer was closed. */
  private async blank(manager: EntityManager, payer: PayerKey, customerId: number | null): Promise<undefined> {
    const personal = payer.kind === 'user' ? ['email', 'username', 'first_name', 'last_name'] : ['name'];
    const [closed] = await manager.query<[unknown[], number]>(
      `UPDATE ${tableOf(payer)} SET ${personal.map((name) => `${name} = NULL`).join(', ')}, is_active = false,
         closed_at = now(), updated_at = now() WHERE id = $1 AND closed_at IS NULL RETURNING id`,
      [payer.id],
    );
    // Kept answers repeat what the payer sent.
    await manager.query(`DELETE FROM idempotency_keys WHERE ${ownerColumn(payer)} = $1`, [payer.id]);
    if (customerId !== null)
      await manager.query(
        `UPDATE customers SET email = '', name = NULL, phone = NULL, address_line1 = NULL, address_line2 = NULL, city = NULL,
           state = NULL, postal_code = NULL, country = NULL, updated_at = now() WHERE id = $1 AND stripe_customer_id IS NULL`,
        [customerId],
      );
    await this.personalData.blank(manager, payer, customerId);
    if (closed.length > 0)
      await this.audit.write(manager, {
        action: 'payer.closed',
        object: { type: payer.kind, id: payer.id },
        of: payer,
      });
    return undefined;
  }
}

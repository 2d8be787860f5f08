import { Injectable, Logger } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { type IdentifiedPayer, loggedPayer, ownedBy, ownerColumns } from '../auth/payer.js';
import { type ParsedPayer } from '../auth/payer-name.js';
import { BillingError } from '../common/billing-error.js';
import { dateFromEpochSeconds } from '../common/clock.js';
import { Customer } from '../customers/customer.entity.js';
import { CustomerGateway } from '../customers/customer.gateway.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { payerOf } from '../customers/payer-of-customer.js';
import { Payers } from '../customers/payers.js';
import { findOwner, noteFormer } from '../customers/former-stripe-customers.js';
import { insertRow } from '../database/returned-rows.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { StripeOperation, subjectOf } from '../operations/stripe-operation.entity.js';
import { tableOf } from './payer.reader.js';

/** A Stripe customer that was made elsewhere. */
export interface GivenCustomer {
  /** `cus_…` */
  id: string;
  email: string;
  /** When Stripe showed it: seconds, Stripe's clock. */
  seenAt: number;
}

function columnsOf(payer: IdentifiedPayer, { email, seenAt }: GivenCustomer) {
  return { ...ownerColumns(payer), email, name: null, importedAt: dateFromEpochSeconds(seenAt) };
}

type NewRow = ReturnType<typeof columnsOf> & { stripeCustomerId: string };

/**
 * Gives a Stripe customer to a payer. Whose it is stands in its metadata at Stripe, which the projection follows; so that is
 * changed first, and the row with the answer.
 */
@Injectable()
export class PayerLink {
  private readonly logger = new Logger(PayerLink.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly payers: Payers,
    private readonly gateway: CustomerGateway,
    private readonly projection: CustomerProjection,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws BillingError not_found for a customer that Stripe does not know; customer_exists when the payer has one; conflict
   * for one of another installation, and for a payer with work that is not finished
   */
  async link(payer: ParsedPayer, stripeCustomerId: string): Promise<void> {
    const { object, answeredAt } = await this.gateway.retrieve(stripeCustomerId);
    if (object === null) throw new BillingError('not_found', 'Stripe customer not found');
    if ((await this.payers.find(object.metadata)) === 'other_instance')
      throw new BillingError('conflict', 'This Stripe customer belongs to another installation');
    const operation = await this.transactions.run((manager) =>
      this.begin(manager, payer, { id: stripeCustomerId, email: object.email ?? '', seenAt: answeredAt }),
    );
    if (operation !== null) await this.operations.carryOut(operation, () => this.finish(operation));
  }

  /**
   * Gives a Stripe customer of nobody to a payer by its id alone: at Stripe nothing is written. What it has is to be taken in
   * then; until that is done the row stands for a customer of whom nothing was read.
   * @param rule why it is theirs, for the audit log
   * @returns false when it is the payer's already
   * @throws BillingError customer_exists when the payer has one; payer_closed; conflict for one of another payer, and for a
   * payer with work that is not finished
   */
  async import(named: ParsedPayer, given: GivenCustomer, rule: string): Promise<boolean> {
    return this.transactions.run(async (manager) => {
      const payer = await this.ensure(manager, named);
      const own = await this.findOwn(manager, payer, given.id);
      if (own === 'linked') return false;
      if ((await findOwner(manager, given.id)) !== null) throw new BillingError('conflict', 'It is another payer’s');
      const values = columnsOf(payer, given);
      if (own === null) await insertRow(manager, Customer, { ...values, stripeCustomerId: given.id });
      else await this.replace(manager, own, { ...values, stripeCustomerId: given.id });
      await this.audit.write(manager, {
        action: 'customer.linked',
        object: { type: 'customer', id: given.id },
        of: payer,
        before: { owner: null },
        after: { owner: `${payer.kind} ${payer.id}`, rule },
        by: 'operator',
      });
      return true;
    });
  }

  /** Has the row of a payer stand for another Stripe customer, of which nothing was read yet. */
  private async replace(manager: EntityManager, own: Customer, values: NewRow): Promise<void> {
    if (await manager.existsBy(StripeOperation, { customerId: own.id, state: 'open' }))
      throw new BillingError('conflict', 'This payer has work that is not finished');
    const former = own.stripeCustomerId;
    if (former !== null) await noteFormer(manager, former, own.id);
    // Never back to a version that a writer who is under way may have read.
    const version = former === null ? own.version : own.version + 1;
    await manager.update(Customer, { id: own.id }, { ...values, version, asOfFrom: 0, asOfTo: 0, deletedAt: null });
  }

  /** Writes the new owner to Stripe and here; also for an operation that a crash left open. */
  async finish(operation: StripeOperation): Promise<void> {
    const stripeId = subjectOf(operation);
    const { payer, from } = operation.request as { payer: IdentifiedPayer; from: string | null };
    const names = { user_id: '', organization_id: '', ...this.payers.metadataOf(payer) };
    const ticket = await this.projection.beforeCommand(stripeId);
    const answer = await this.gateway.update(stripeId, { metadata: names });
    await this.projection.applyAnswer(ticket, answer, async (manager) => {
      await this.operations.close(manager, operation, { state: 'done', resultStripeId: stripeId });
      const [row] = await manager.findBy(Customer, { stripeCustomerId: stripeId });
      await this.operations.enqueue(
        manager,
        {
          customerId: row?.id ?? operation.customerId,
          kind: 'customer.take_in',
          request: {},
          subjectStripeId: stripeId,
        },
        'again',
      );
      await this.audit.write(manager, {
        action: 'customer.linked',
        object: { type: 'customer', id: stripeId },
        of: payer,
        before: { owner: from },
        after: { owner: `${payer.kind} ${payer.id}` },
      });
    });
    this.logger.log({ ...loggedPayer(payer), stripe_customer_id: stripeId }, 'A Stripe customer was given to a payer');
  }

  /** Null when the customer is the payer's already. */
  private async begin(
    manager: EntityManager,
    named: ParsedPayer,
    given: GivenCustomer,
  ): Promise<StripeOperation | null> {
    const { id: stripeCustomerId } = given;
    const payer = await this.ensure(manager, named);
    const own = await this.findOwn(manager, payer, stripeCustomerId);
    if (own === 'linked') return null;
    const lock = { mode: 'pessimistic_write' } as const;
    const known = await manager.findOne(Customer, { where: { stripeCustomerId }, lock });
    // The row moves with all that hangs on it, so the payer's empty one must go.
    if (known !== null && own !== null) await this.removeEmpty(manager, own);
    const row = known ?? own ?? (await insertRow(manager, Customer, columnsOf(payer, given)));
    const from = known === null ? null : payerOf(known);
    return this.operations.beginExclusive(
      manager,
      {
        customerId: row.id,
        kind: 'customer.link',
        subjectStripeId: stripeCustomerId,
        request: { payer, from: from === null ? null : `${from.kind} ${from.id}` },
      },
      () => Promise.resolve(),
    );
  }

  /**
   * The payer's own row, which waits for a Stripe customer, locked; null without one.
   * @throws BillingError customer_exists when it has another one
   */
  private async findOwn(
    manager: EntityManager,
    payer: IdentifiedPayer,
    stripeCustomerId: string,
  ): Promise<Customer | 'linked' | null> {
    const own = await manager.findOne(Customer, { where: ownedBy(payer), lock: { mode: 'pessimistic_write' } });
    if (own === null || own.stripeCustomerId === null || own.deletedAt !== null) return own;
    if (own.stripeCustomerId === stripeCustomerId) return 'linked';
    throw new BillingError('customer_exists');
  }

  private async ensure(manager: EntityManager, payer: ParsedPayer): Promise<IdentifiedPayer> {
    const { kind, externalId } = payer;
    const table = tableOf(payer);
    await manager.query(`INSERT INTO ${table} (external_id) VALUES ($1) ON CONFLICT DO NOTHING`, [externalId]);
    const [row] = await manager.query<[{ id: number; closedAt: Date | null }]>(
      `SELECT id, closed_at AS "closedAt" FROM ${table} WHERE external_id = $1`,
      [externalId],
    );
    if (row.closedAt !== null) throw new BillingError('payer_closed');
    return { kind, id: row.id, externalId };
  }

  /** @throws BillingError conflict when something hangs on it, as of a customer that was deleted at Stripe */
  private async removeEmpty(manager: EntityManager, { id }: Customer): Promise<void> {
    await manager.query(`DELETE FROM stripe_operations WHERE customer_id = $1 AND state <> 'open'`, [id]);
    const [removed] = await manager.query<[unknown[], number]>(
      `DELETE FROM customers WHERE id = $1
         AND NOT EXISTS (SELECT FROM stripe_operations WHERE customer_id = $1)
         AND NOT EXISTS (SELECT FROM subscriptions WHERE customer_id = $1)
         AND NOT EXISTS (SELECT FROM invoices WHERE customer_id = $1)
         AND NOT EXISTS (SELECT FROM payments WHERE customer_id = $1)
         AND NOT EXISTS (SELECT FROM customer_payment_methods WHERE customer_id = $1)
         AND NOT EXISTS (SELECT FROM former_stripe_customers WHERE customer_id = $1) RETURNING id`,
      [id],
    );
    if (removed.length === 0) throw new BillingError('conflict', 'This payer has a history of its own');
  }
}

import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { ownerColumns, type Payer } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { insertRowOrIgnore, updateRow } from '../database/returned-rows.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { StripeOperation } from '../operations/stripe-operation.entity.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { emailOfNew, emailRefusal } from './customer-email.js';
import { Customer } from './customer.entity.js';
import { CustomerGateway, type NewCustomer } from './customer.gateway.js';
import { CustomerProjection } from './customer.projection.js';
import { CustomerReader } from './customer.reader.js';
import { ExistingCustomers } from './existing-customers.js';
import { Payers } from './payers.js';
import { operationMetadata } from '../operations/operation-metadata.js';

/** How Stripe calls the customer that it does not know: the parameter, or the id in the address. */
const CUSTOMER_PARAMETERS = new Set(['customer', 'id']);

/** A customer that Stripe knows. */
export type StripeCustomer = Customer & { stripeCustomerId: string };

/** The operation that makes a customer, and whether Stripe surely knows its idempotency key. */
interface Creation {
  operation: StripeOperation;
  isRepeatable: boolean;
}

/** Makes sure that a payer has exactly one customer, here and at Stripe, however many requests ask at once. */
@Injectable()
export class StripeCustomers {
  private readonly logger = new Logger(StripeCustomers.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: CustomerReader,
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly gateway: CustomerGateway,
    private readonly projection: CustomerProjection,
    private readonly payers: Payers,
    private readonly existing: ExistingCustomers,
  ) {}

  /**
   * The payer's customer row, made as a placeholder if there is none.
   * @param email as the request's body gives it; it counts only while there is no customer at Stripe
   * @throws BillingError email_required when neither body nor token has an e-mail and there is no customer yet
   */
  async ensureRow(payer: Payer, email?: string): Promise<Customer> {
    const known = await this.reader.find(payer);
    if (known !== null && isAtStripe(known)) return known;
    const wanted = emailOfNew(known, payer, email);
    if (wanted === null) throw new BillingError('email_required');
    if (known !== null) return known.email === wanted ? known : this.changeEmail(known, wanted);
    const values = { ...ownerColumns(payer), email: wanted, name: payer.name };
    const made = await insertRowOrIgnore(this.dataSource.manager, Customer, values);
    return made ?? this.reader.getOf(payer);
  }

  /**
   * The payer's customer, made at Stripe if need be. Parallel calls share one operation and one idempotency key, so Stripe
   * makes one customer.
   * @param known the row of `ensureRow`, where the caller has it
   * @throws BillingError email_required, validation_failed (email), existing_customer, stripe_unavailable, stripe_failed
   */
  async ensure(payer: Payer, known?: Customer): Promise<StripeCustomer> {
    const row = known ?? (await this.ensureRow(payer));
    if (isAtStripe(row)) return row;
    if (row.stripeCustomerId === null) await this.existing.refuse(payer);
    const creation = await this.transactions.run((manager) => this.beginCreate(manager, row.id));
    if (creation === null) return this.getFromRow(row.id);
    if (creation.isRepeatable) return this.create(row, payer, creation.operation);
    await this.recover(creation.operation);
    return this.ensure(payer);
  }

  /**
   * Sends a request about a customer.
   * @throws BillingError conflict when Stripe does not know them any more; the next request makes a new one
   */
  async whileKnown<Result>({ stripeCustomerId }: StripeCustomer, call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      throw (await this.explainUnknown(stripeCustomerId, error)) ?? error;
    }
  }

  /** The conflict of `whileKnown`; null for every other error. */
  async explainUnknown(stripeCustomerId: string, error: unknown): Promise<BillingError | null> {
    const failure = classifyStripeError(error);
    if (failure?.kind !== 'missing' || !CUSTOMER_PARAMETERS.has(String(failure.param))) return null;
    const outcome = await this.projection.refresh(stripeCustomerId);
    this.logger.warn({ stripe_customer_id: stripeCustomerId, outcome: outcome.state }, 'A customer is gone at Stripe');
    return new BillingError('conflict', undefined, {}, error);
  }

  /** Finishes a creation that a crash left open; used by the recovery. */
  async recover(operation: StripeOperation): Promise<void> {
    const row = await this.reader.get(operation.customerId);
    const made = await this.findMade(operation, row);
    if (made !== null)
      await this.projection.refresh(made, (manager) =>
        this.operations.close(manager, operation, { state: 'done', resultStripeId: made }),
      );
    else
      await this.transactions.run((manager) =>
        this.operations.close(manager, operation, { state: 'expired', reason: 'not_found_at_stripe' }),
      );
  }

  /** The open operation of the customer or a new one; null when the customer was made meanwhile. */
  private async beginCreate(manager: EntityManager, customerId: number): Promise<Creation | null> {
    const row = await manager.findOneOrFail(Customer, {
      where: { id: customerId },
      lock: { mode: 'pessimistic_write' },
    });
    if (isAtStripe(row)) return null;
    const open = await manager.findOneBy(StripeOperation, { customerId, kind: 'customer.create', state: 'open' });
    if (open !== null) return { operation: open, isRepeatable: await this.operations.isRepeatable(manager, open) };
    const operation = await this.operations.begin(manager, { customerId, kind: 'customer.create', request: {} });
    return { operation, isRepeatable: true };
  }

  private async create(row: Customer, payer: Payer, operation: StripeOperation): Promise<StripeCustomer> {
    const wanted: NewCustomer = {
      email: row.email,
      ...(row.name === null ? {} : { name: row.name }),
      metadata: { ...this.payers.metadataOf(payer), ...operationMetadata(operation.key) },
    };
    const send = async () => this.send(operation, await this.operations.prepareStep(operation, 'customer', wanted));
    try {
      return await this.operations.carryOut(operation, send);
    } catch (error) {
      throw (await this.explainEmail(row, error)) ?? error;
    }
  }

  private async send(operation: StripeOperation, params: NewCustomer): Promise<StripeCustomer> {
    const ticket = await this.projection.beforeCommand(null);
    const answer = await this.gateway.create(Operations.stepKey(operation, 'customer'), params);
    const { id } = answer.object;
    const { row } = await this.projection.applyAnswer(ticket, answer, (manager) =>
      this.operations.close(manager, operation, { state: 'done', resultStripeId: id }),
    );
    return row !== null && isAtStripe(row) ? row : this.getFromRow(operation.customerId);
  }

  private async findMade(operation: StripeOperation, row: Customer): Promise<string | null> {
    const params = operation.steps.customer as NewCustomer | undefined;
    if (params === undefined) return null;
    const from = Operations.earliestResult(operation);
    return (await this.gateway.findByOperation(operation.key, params.email ?? row.email, from))?.id ?? null;
  }

  /** An e-mail that Stripe refused is forgotten, or it would be sent for ever. */
  private async explainEmail(row: Customer, error: unknown): Promise<BillingError | null> {
    const refusal = emailRefusal(error);
    if (refusal !== null) await this.changeEmail(row, '');
    return refusal;
  }

  /** Changes the e-mail of a row that is still not at Stripe and still has the one that it was read with. */
  private async changeEmail(row: Customer, email: string): Promise<Customer> {
    const asRead = { id: row.id, email: row.email, stripeCustomerId: row.stripeCustomerId ?? IsNull() };
    const changed = await updateRow(this.dataSource.manager, Customer, asRead, { email });
    return changed ?? this.reader.get(row.id);
  }

  private async getFromRow(customerId: number): Promise<StripeCustomer> {
    const row = await this.reader.get(customerId);
    if (!isAtStripe(row)) throw new BillingError('conflict');
    return row;
  }
}

function isAtStripe(row: Customer): row is StripeCustomer {
  return row.stripeCustomerId !== null && row.deletedAt === null;
}

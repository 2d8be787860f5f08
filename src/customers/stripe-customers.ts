import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type RequestUser } from '../auth/request-user.js';
import { BillingError } from '../common/billing-error.js';
import { insertRowOrIgnore, updateRow } from '../database/returned-rows.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { StripeOperation } from '../operations/stripe-operation.entity.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { Customer } from './customer.entity.js';
import { CustomerGateway, type NewCustomer } from './customer.gateway.js';
import { CustomerProjection } from './customer.projection.js';
import { CustomerReader } from './customer.reader.js';
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

/** Makes sure that a user has exactly one customer, here and at Stripe, however many requests ask at once. */
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
  ) {}

  /**
   * The user's customer row, made as a placeholder if there is none.
   * @throws BillingError email_required when the token has no e-mail and there is no customer yet
   */
  async ensureRow(user: RequestUser): Promise<Customer> {
    const known = await this.reader.find(user.id);
    if (known !== null && (isAtStripe(known) || known.email !== '')) return known;
    if (user.email === null) throw new BillingError('email_required');
    // A customer without e-mail was deleted at Stripe: the one that follows has the user's.
    if (known !== null) return this.giveEmail(known, user.email);
    const values = { userId: user.id, email: user.email, name: fullName(user) };
    const made = await insertRowOrIgnore(this.dataSource.manager, Customer, values);
    return made ?? this.reader.getByUser(user.id);
  }

  /**
   * The user's customer, made at Stripe if need be. Parallel calls share one operation and one idempotency key, so Stripe
   * makes one customer.
   * @param known the row of `ensureRow`, where the caller has it
   * @throws BillingError email_required, stripe_unavailable, stripe_failed
   */
  async ensure(user: RequestUser, known?: Customer): Promise<StripeCustomer> {
    const row = known ?? (await this.ensureRow(user));
    if (isAtStripe(row)) return row;
    const creation = await this.transactions.run((manager) => this.beginCreate(manager, row.id));
    if (creation === null) return this.getFromRow(row.id);
    if (creation.isRepeatable) return this.create(row, user, creation.operation);
    await this.recover(creation.operation);
    return this.ensure(user);
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
    if (failure?.kind !== 'missing' || !CUSTOMER_PARAMETERS.has(failure.param ?? '')) return null;
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

  private async create(row: Customer, user: RequestUser, operation: StripeOperation): Promise<StripeCustomer> {
    const wanted: NewCustomer = {
      email: row.email,
      ...(row.name === null ? {} : { name: row.name }),
      metadata: { ...this.payers.metadataOf(user), ...operationMetadata(operation.key) },
    };
    try {
      return await this.send(operation, await this.operations.prepareStep(operation, 'customer', wanted));
    } catch (error) {
      const failure = classifyStripeError(error);
      // Stripe would repeat a refusal for the same key.
      if (failure?.definite === true) await this.operations.fail(operation, failure.kind);
      else await this.operations.release(operation);
      throw error;
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

  private async giveEmail(row: Customer, email: string): Promise<Customer> {
    const given = await updateRow(this.dataSource.manager, Customer, { id: row.id, email: '' }, { email });
    return given ?? this.reader.get(row.id);
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

function fullName(user: RequestUser): string | null {
  const name = [user.firstName, user.lastName].filter((part) => part !== null).join(' ');
  return name === '' ? null : name.slice(0, 255);
}

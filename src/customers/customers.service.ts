import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { type Payer } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { emailRefusal } from './customer-email.js';
import { type Customer } from './customer.entity.js';
import { CustomerGateway } from './customer.gateway.js';
import { changesAddress, toCustomerChanges, toCustomerDto } from './customer.mapper.js';
import { CustomerProjection } from './customer.projection.js';
import { CustomerReader } from './customer.reader.js';
import { type CustomerDto } from './dto/customer.dto.js';
import { type UpdateCustomerDto } from './dto/update-customer.dto.js';
import { type PayerMetadata } from './payer-metadata.js';
import { Payers } from './payers.js';
import { type StripeCustomer, StripeCustomers } from './stripe-customers.js';
import { hasUsedTrial } from './trial-rules.js';

/** The caller's own customer. */
@Injectable()
export class CustomersService {
  constructor(
    private readonly reader: CustomerReader,
    private readonly customers: StripeCustomers,
    private readonly gateway: CustomerGateway,
    private readonly projection: CustomerProjection,
    private readonly config: AppConfig,
    private readonly payers: Payers,
    private readonly audit: AuditLog,
  ) {}

  /** The caller's customer; null while there is none. */
  async find(payer: Payer): Promise<CustomerDto | null> {
    const row = await this.reader.find(payer);
    return row === null ? null : this.toDto(row);
  }

  /**
   * Changes the caller's customer at Stripe and here, making it first if there is none.
   * @throws BillingError nothing_to_update, email_required, validation_failed (email), conflict
   */
  async update(payer: Payer, changes: UpdateCustomerDto): Promise<CustomerDto> {
    if (Object.values(changes).every((value) => value === undefined || value === null)) {
      throw new BillingError('nothing_to_update');
    }
    const row = await this.customers.ensure(payer, await this.customers.ensureRow(payer, changes.email));
    const ticket = await this.projection.beforeCommand(row.stripeCustomerId);
    const answer = await this.customers.whileKnown(row, () => this.change(row, changes, this.payers.metadataOf(payer)));
    // The names of the fields alone: their values are personal.
    const fields = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const noted = this.audit.with({
      action: 'customer.updated',
      object: { type: 'customer', id: answer.object.id },
      of: payer,
      after: { fields },
    });
    const { row: updated } = await this.projection.applyAnswer(ticket, answer, noted);
    return this.toDto(updated ?? row);
  }

  private async change({ stripeCustomerId }: StripeCustomer, changes: UpdateCustomerDto, metadata: PayerMetadata) {
    // The row may be behind, as after a change in the Dashboard a moment ago.
    const customer = changesAddress(changes) ? (await this.gateway.retrieve(stripeCustomerId)).object : null;
    try {
      const wanted = toCustomerChanges(changes, customer?.address ?? null);
      return await this.gateway.update(stripeCustomerId, { ...wanted, metadata });
    } catch (error) {
      throw emailRefusal(error) ?? error;
    }
  }

  private async toDto(row: Customer): Promise<CustomerDto> {
    const { trialOncePer, env } = this.config;
    const trialAvailable = env.TRIAL_DAYS > 0 && !hasUsedTrial(row, trialOncePer);
    return toCustomerDto(row, trialAvailable, await this.reader.currencyOf(row));
  }
}

import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { loggedPayer, type Payer } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { CustomerGateway } from './customer.gateway.js';
import { findOwner } from './former-stripe-customers.js';

/** Keeps one who has a subscription from before this service from paying for a second one. */
@Injectable()
export class ExistingCustomers {
  private readonly logger = new Logger(ExistingCustomers.name);

  constructor(
    private readonly config: AppConfig,
    private readonly dataSource: DataSource,
    private readonly gateway: CustomerGateway,
  ) {}

  /**
   * To be asked before a payer's first Stripe customer is made.
   * @throws BillingError existing_customer where a customer of nobody has the payer's verified e-mail and a live subscription:
   * an operator has to say whose it is
   */
  async refuse(payer: Payer): Promise<void> {
    const { verifiedEmail } = payer;
    if (!this.config.refusesExistingCustomers || verifiedEmail === null) return;
    for (const { id, metadata } of await this.gateway.listOf(verifiedEmail)) {
      if ((metadata.billing_instance ?? '') !== '' || (await findOwner(this.dataSource.manager, id)) !== null) continue;
      if (!(await this.gateway.hasLiveSubscription(id))) continue;
      this.logger.warn({ ...loggedPayer(payer), stripe_customer_id: id }, 'A payer may have a customer from before');
      throw new BillingError('existing_customer');
    }
  }
}

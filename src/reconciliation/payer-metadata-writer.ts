import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, MoreThan, Not } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { CustomerGateway } from '../customers/customer.gateway.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { identifiedPayerOf } from '../customers/payer-of-customer.js';
import { Payers } from '../customers/payers.js';
import { AccountReader } from './account-reader.js';
import { refusalOf } from './refusal.js';

/** What a run did: customers that were written, and those that Stripe refused. */
export interface WrittenMetadata {
  written: number;
  failed: { stripe_id: string; error: string }[];
}

const PAGE = 100;

/**
 * Writes at Stripe whose each customer is. Those made before 0.2 lack it: they count by their stored id alone, so that a
 * database that is lost could not find them again.
 */
@Injectable()
export class PayerMetadataWriter {
  constructor(
    private readonly dataSource: DataSource,
    private readonly account: AccountReader,
    private readonly gateway: CustomerGateway,
    private readonly projection: CustomerProjection,
    private readonly payers: Payers,
  ) {}

  async run(onProgress: (written: number) => void = () => undefined): Promise<WrittenMetadata> {
    const report: WrittenMetadata = { written: 0, failed: [] };
    for (let page = await this.after(0); page.length > 0; page = await this.after(page.at(-1)?.id ?? 0)) {
      for (const customer of page) await this.writeMissing(customer, report);
      onProgress(report.written);
    }
    return report;
  }

  private after(id: number): Promise<Customer[]> {
    return this.dataSource.getRepository(Customer).find({
      where: { id: MoreThan(id), stripeCustomerId: Not(IsNull()), deletedAt: IsNull() },
      relations: { user: true, organization: true },
      order: { id: 'ASC' },
      take: PAGE,
    });
  }

  private async writeMissing(customer: Customer, report: WrittenMetadata): Promise<void> {
    const { stripeCustomerId, metadata: found } = customer;
    const metadata = this.payers.metadataOf(identifiedPayerOf(customer));
    const missing = Object.entries(metadata).some(([key, value]) => found?.[key] !== value);
    if (stripeCustomerId === null || !missing) return;
    try {
      await this.account.patiently(async () => {
        const ticket = await this.projection.beforeCommand(stripeCustomerId);
        await this.projection.applyAnswer(ticket, await this.gateway.update(stripeCustomerId, { metadata }));
      });
      report.written += 1;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      report.failed.push({ stripe_id: stripeCustomerId, error: refusal });
    }
  }
}

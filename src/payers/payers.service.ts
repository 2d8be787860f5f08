import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { type ParsedPayer, parsePayerName } from '../auth/payer-name.js';
import { BillingError, validationFailed } from '../common/billing-error.js';
import { Transactions } from '../database/transactions.js';
import { SubscriptionReader } from '../subscriptions/subscription.reader.js';
import { type FindPayersDto } from './dto/find-payers.dto.js';
import { type PayerDto } from './dto/payer.dto.js';
import { PayerClosing } from './payer-closing.js';
import { PayerLink } from './payer-link.js';
import { toPayerDto } from './payer.mapper.js';
import { PayerReader, type PayerRow, tableOf } from './payer.reader.js';

export const PAYER_NOT_FOUND = 'Payer not found';

/** What operators do about payers. */
@Injectable()
export class PayersService {
  constructor(
    private readonly reader: PayerReader,
    private readonly subscriptions: SubscriptionReader,
    private readonly transactions: Transactions,
    private readonly links: PayerLink,
    private readonly closing: PayerClosing,
    private readonly audit: AuditLog,
  ) {}

  /** @throws BillingError validation_failed unless exactly one thing is asked for */
  async list({ payer: name, stripe_customer_id: stripeCustomerId, email }: FindPayersDto): Promise<PayerDto[]> {
    if ([name, stripeCustomerId, email].filter((given) => given !== undefined).length !== 1)
      throw validationFailed([{ field: '', message: 'Ask by one of payer, stripe_customer_id and email' }]);
    const payer = name === undefined ? undefined : parsePayerName(name);
    if (payer === null) throw validationFailed([{ field: 'payer', message: 'payer must be user:<sub> or org:<id>' }]);
    const rows = await this.reader.list({
      ...(payer === undefined ? {} : { payer }),
      ...(stripeCustomerId === undefined ? {} : { stripeCustomerId }),
      ...(email === undefined ? {} : { email }),
    });
    return Promise.all(rows.map((row) => this.toDto(row)));
  }

  /** @throws BillingError not_found */
  async get(payer: ParsedPayer): Promise<PayerDto> {
    return this.toDto(await this.find(payer));
  }

  async link(payer: ParsedPayer, stripeCustomerId: string): Promise<PayerDto> {
    await this.links.link(payer, stripeCustomerId);
    return this.get(payer);
  }

  /** @throws BillingError not_found, payer_closed */
  async setActive(payer: ParsedPayer, isActive: boolean): Promise<PayerDto> {
    const row = await this.find(payer);
    if (row.closedAt !== null && isActive) throw new BillingError('payer_closed');
    await this.transactions.run(async (manager) => {
      const [changed] = await manager.query<[unknown[], number]>(
        `UPDATE ${tableOf(row)} SET is_active = $2, updated_at = now()
         WHERE id = $1 AND is_active <> $2 AND (closed_at IS NULL OR NOT $2) RETURNING id`,
        [row.id, isActive],
      );
      if (changed.length === 0) return;
      const action = isActive ? 'payer.activated' : 'payer.deactivated';
      await this.audit.write(manager, { action, object: { type: row.kind, id: row.id }, of: row });
    });
    return this.get(payer);
  }

  async close(payer: ParsedPayer): Promise<PayerDto> {
    await this.closing.close(await this.find(payer));
    return this.get(payer);
  }

  private async find(payer: ParsedPayer): Promise<PayerRow> {
    const row = await this.reader.find(payer);
    if (row === null) throw new BillingError('not_found', PAYER_NOT_FOUND);
    return row;
  }

  private async toDto(row: PayerRow): Promise<PayerDto> {
    return toPayerDto(row, row.customerId === null ? [] : await this.subscriptions.listLive(row.customerId));
  }
}

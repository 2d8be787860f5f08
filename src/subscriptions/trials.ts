import { Injectable } from '@nestjs/common';
import { IsNull, LessThan, Not } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { type Customer } from '../customers/customer.entity.js';
import { Transactions } from '../database/transactions.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';

/** Who had a free trial already: once per customer and per card (by its fingerprint), as TRIAL_ONCE_PER says. */
@Injectable()
export class Trials {
  constructor(
    private readonly config: AppConfig,
    private readonly transactions: Transactions,
  ) {}

  /** True when the customer may have no second trial and had one. */
  isUsedBy({ trialUsedAt }: Customer): boolean {
    return this.config.trialOncePer.has('customer') && trialUsedAt !== null;
  }

  /**
   * True when another customer with the same card had a trial, and a card may have only one.
   * @param before only trials that began earlier count; default: all
   */
  async isUsedWithCard(customerId: number, stripePaymentMethodId: string, before?: Date): Promise<boolean> {
    if (!this.config.trialOncePer.has('card')) return false;
    return this.transactions.run(async (manager) => {
      const card = await manager.findOneBy(PaymentMethod, { stripePaymentMethodId });
      if (card === null || card.cardFingerprint === null) return false;
      return manager.existsBy(PaymentMethod, {
        cardFingerprint: card.cardFingerprint,
        customer: { id: Not(customerId), trialUsedAt: before === undefined ? Not(IsNull()) : LessThan(before) },
      });
    });
  }
}

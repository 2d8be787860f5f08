import { Injectable } from '@nestjs/common';
import { IsNull, LessThan, Not } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';

/** A trial is for a card only once, where TRIAL_ONCE_PER says so: a card is known by its fingerprint. */
@Injectable()
export class TrialCards {
  constructor(
    private readonly config: AppConfig,
    private readonly transactions: Transactions,
  ) {}

  /**
   * True when another customer with the same card had a trial.
   * @param before only trials that began earlier count; default: all
   */
  async isUsed(customerId: number, stripePaymentMethodId: string, before?: Date): Promise<boolean> {
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

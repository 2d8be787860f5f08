import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, Not } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { type Customer } from '../customers/customer.entity.js';
import { beganWithTrialSql, hasUsedTrial, isImportedSql } from '../customers/trial-rules.js';
import { Transactions } from '../database/transactions.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';
import { Subscription } from '../subscriptions/subscription.entity.js';

/** Who had a free trial already: once per customer and per card (by its fingerprint), as TRIAL_ONCE_PER says. */
@Injectable()
export class Trials {
  constructor(
    private readonly config: AppConfig,
    private readonly transactions: Transactions,
  ) {}

  /** True when the customer may have no second trial and had one. */
  isUsedBy(customer: Customer): boolean {
    return hasUsedTrial(customer, this.config.trialOncePer);
  }

  /** True when another customer with the same card had a trial, and a card may have only one. */
  async isUsedWithCard(customerId: number, stripePaymentMethodId: string): Promise<boolean> {
    return this.withFingerprint(stripePaymentMethodId, (manager, cardFingerprint) =>
      manager.existsBy(PaymentMethod, {
        cardFingerprint,
        customer: { id: Not(customerId), trialUsedAt: Not(IsNull()) },
      }),
    );
  }

  /**
   * True when another customer with the same card had a trial before this one, and a card may have only one. Of two that
   * began in the same second of Stripe's, the one that was known here first counts as the earlier.
   */
  async isRepeatedWithCard(
    { id, customerId, trialStart }: Subscription,
    stripePaymentMethodId: string,
  ): Promise<boolean> {
    return this.withFingerprint(stripePaymentMethodId, (manager, cardFingerprint) =>
      manager
        .createQueryBuilder(Subscription, 'other')
        .innerJoin(PaymentMethod, 'method', 'method.customerId = other.customerId')
        .where('method.cardFingerprint = :cardFingerprint', { cardFingerprint })
        .andWhere('other.customerId <> :customerId', { customerId })
        .andWhere(beganWithTrialSql('other'))
        .andWhere('(other.trialStart, other.id) < (:trialStart, :id)', { trialStart, id })
        .getExists(),
    );
  }

  /**
   * The running trials that a card of a customer makes the second of that card, whoever has them: the first one stays, and so
   * do imported ones. Of two that began in the same second, the one that was known here first is the first.
   */
  async listRepeated(customerId: number): Promise<Subscription[]> {
    if (!this.config.trialOncePer.has('card')) return [];
    return this.transactions.run((manager) =>
      manager
        .createQueryBuilder(Subscription, 'later')
        .innerJoin('later.customer', 'customer')
        .where(`later.status = 'trialing' AND later.duplicateOfId IS NULL`)
        .andWhere(`NOT ${isImportedSql('later', 'customer')}`)
        .andWhere(beganWithTrialSql('later'))
        .andWhere(
          (query) =>
            `EXISTS ${query
              .subQuery()
              .select('1')
              .from(Subscription, 'earlier')
              .innerJoin(PaymentMethod, 'first', 'first.customerId = earlier.customerId')
              .innerJoin(PaymentMethod, 'same', 'same.cardFingerprint = first.cardFingerprint')
              .innerJoin(PaymentMethod, 'own', 'own.cardFingerprint = first.cardFingerprint')
              .where('same.customerId = later.customerId AND own.customerId = :customerId')
              .andWhere('earlier.customerId <> later.customerId')
              .andWhere(beganWithTrialSql('earlier'))
              .andWhere('(earlier.trialStart, earlier.id) < (later.trialStart, later.id)')
              .getQuery()}`,
        )
        .setParameter('customerId', customerId)
        .getMany(),
    );
  }

  private async withFingerprint(
    stripePaymentMethodId: string,
    isKnown: (manager: EntityManager, cardFingerprint: string) => Promise<boolean>,
  ): Promise<boolean> {
    if (!this.config.trialOncePer.has('card')) return false;
    return this.transactions.run(async (manager) => {
      const card = await manager.findOneBy(PaymentMethod, { stripePaymentMethodId });
      return card !== null && card.cardFingerprint !== null && isKnown(manager, card.cardFingerprint);
    });
  }
}

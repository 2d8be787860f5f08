import { Injectable } from '@nestjs/common';
import { CheckoutCompletion } from '../checkout/checkout-completion.js';
import { StripeCustomers } from '../customers/stripe-customers.js';
import { type IntentOperation, type StripeIntent } from '../operations/stripe-operation.entity.js';
import { CardFollowUp } from '../purchases/card-follow-up.js';
import { SubscriptionFollowUps } from '../subscriptions/follow-ups.js';
import { PlanChangeSettlement } from '../plan-changes/plan-change-settlement.js';
import { PurchaseRecovery } from '../purchases/purchase-recovery.js';

/** Brings an open intent to its end. Safe to run again after a crash, and beside another process that does the same. */
export type IntentHandler = (intent: StripeIntent) => Promise<void>;

/** What is done for each kind of open intent. */
@Injectable()
export class IntentHandlers {
  private readonly handlers: Readonly<Record<IntentOperation, IntentHandler>>;

  constructor(
    customers: StripeCustomers,
    purchases: PurchaseRecovery,
    checkout: CheckoutCompletion,
    planChanges: PlanChangeSettlement,
    followUps: SubscriptionFollowUps,
    cards: CardFollowUp,
  ) {
    this.handlers = {
      'customer.create': (intent) => customers.recover(intent),
      'subscription.create': (intent) => purchases.recover(intent),
      'checkout.create': (intent) => checkout.recover(intent),
      'subscription.change_plan': (intent) => planChanges.recover(intent),
      'duplicate.resolve': (intent) => followUps.resolveDuplicate(intent),
      'orphan.cancel': (intent) => followUps.cancelOrphan(intent),
      'trial.end': (intent) => followUps.endTrial(intent),
      'card.make_default': (intent) => cards.makeDefault(intent),
      'card.clear_own': (intent) => cards.clearOwn(intent),
    };
  }

  settle(intent: StripeIntent): Promise<void> {
    return this.handlers[intent.operation](intent);
  }
}

import { Injectable } from '@nestjs/common';
import { CheckoutCompletion } from '../checkout/checkout-completion.js';
import { StripeCustomers } from '../customers/stripe-customers.js';
import { InvoiceFollowUps } from '../invoices/invoice-follow-ups.js';
import { type OperationKind, type StripeOperation } from '../operations/stripe-operation.entity.js';
import { PayerClosing } from '../payers/payer-closing.js';
import { PayerLink } from '../payers/payer-link.js';
import { CardFollowUp } from '../purchases/card-follow-up.js';
import { InvoiceVoiding } from '../subscriptions/collection/invoice-voiding.js';
import { SubscriptionResumption } from '../subscriptions/lifecycle/subscription-resumption.js';
import { SubscriptionFollowUps } from '../subscriptions/lifecycle/follow-ups.js';
import { PlanSchedules } from '../subscriptions/schedules/plan-schedules.js';
import { PlanChangeCompletion } from '../plan-changes/plan-change-completion.js';
import { PurchaseRecovery } from '../purchases/purchase-recovery.js';

import { CustomerIntake } from './customer-intake.js';

/** Finishes an open operation. Safe to run again after a crash, and beside another process that does the same. */
export type OperationHandler = (operation: StripeOperation) => Promise<void>;

/** What is done for each kind of open operation. */
@Injectable()
export class OperationHandlers {
  private readonly handlers: Readonly<Record<OperationKind, OperationHandler>>;

  constructor(
    customers: StripeCustomers,
    purchases: PurchaseRecovery,
    checkout: CheckoutCompletion,
    planChanges: PlanChangeCompletion,
    followUps: SubscriptionFollowUps,
    cards: CardFollowUp,
    schedules: PlanSchedules,
    resumption: SubscriptionResumption,
    invoices: InvoiceFollowUps,
    voiding: InvoiceVoiding,
    links: PayerLink,
    intake: CustomerIntake,
    closing: PayerClosing,
  ) {
    this.handlers = {
      'customer.create': (operation) => customers.recover(operation),
      'subscription.create': (operation) => purchases.recover(operation),
      'checkout.create': (operation) => checkout.recover(operation),
      'subscription.change_plan': (operation) => planChanges.recover(operation),
      'subscription.resume': (operation) => resumption.recover(operation),
      'invoice.pay': (operation) => invoices.recover(operation),
      'duplicate.resolve': (operation) => followUps.resolveDuplicate(operation),
      'orphan.cancel': (operation) => followUps.cancelOrphan(operation),
      'trial.check_cards': (operation) => cards.checkTrials(operation),
      'trial.end': (operation) => followUps.endTrial(operation),
      'card.make_default': (operation) => cards.makeDefault(operation),
      'card.clear_own': (operation) => cards.clearOwn(operation),
      'schedule.redraw': (operation) => schedules.redraw(operation),
      'schedule.draw': (operation) => schedules.drawAfterWaiting(operation),
      'invoice.collect': (operation) => invoices.collect(operation),
      'invoice.use_card': (operation) => invoices.useCard(operation),
      'items.restore': (operation) => voiding.restore(operation),
      'customer.link': (operation) => links.finish(operation),
      'customer.take_in': (operation) => intake.finish(operation),
      'payer.close': (operation) => closing.finish(operation),
    };
  }

  finish(operation: StripeOperation): Promise<void> {
    return this.handlers[operation.kind](operation);
  }
}

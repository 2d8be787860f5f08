import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Operations } from '../operations/operations.js';
import { type StripeOperation, subjectOf } from '../operations/stripe-operation.entity.js';
import { Transactions } from '../database/transactions.js';
import { AccountGateway, type AccountPage, type OwnedKind } from './account.gateway.js';
import { MIRRORS, type RepairableProjection } from './mirrors.js';

const OWNED_KINDS: readonly OwnedKind[] = [
  'payment_methods',
  'subscriptions',
  'subscription_schedules',
  'invoices',
  'payment_intents',
];
const ANYWHERE = { strict: false };

/** Takes in all that one Stripe customer has, as after a link. What it had paid back comes with its payments' events. */
@Injectable()
export class CustomerIntake {
  constructor(
    private readonly modules: ModuleRef,
    private readonly account: AccountGateway,
    private readonly transactions: Transactions,
    private readonly operations: Operations,
  ) {}

  async finish(operation: StripeOperation): Promise<void> {
    const stripeId = subjectOf(operation);
    for (const { kind, projection } of MIRRORS) {
      const owned = OWNED_KINDS.find((one) => one === kind);
      if (owned !== undefined) await this.takeIn(owned, this.modules.get(projection, ANYWHERE), stripeId);
    }
    await this.transactions.run((manager) =>
      this.operations.close(manager, operation, { state: 'done', resultStripeId: stripeId }),
    );
  }

  private async takeIn(kind: OwnedKind, projection: RepairableProjection, stripeId: string): Promise<void> {
    for (let after: string | null = null; ;) {
      const page: AccountPage = await this.account.pageOf(kind, stripeId, after);
      for (const answer of page.answers) await projection.applyListed(answer);
      if (page.next === null) return;
      after = page.next;
    }
  }
}

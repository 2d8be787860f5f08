import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { ownerColumn, type PayerKey } from '../auth/payer.js';
import { OutgoingEvents } from '../outgoing-events/outgoing-events.js';
import { type Entitlement } from './entitlements.service.js';

/** Tells that a payer has reached the limit of a feature: once for each limit and period. */
@Injectable()
export class ReachedLimits {
  constructor(private readonly events: OutgoingEvents) {}

  /** @param refused what was asked for and is more than is left; more than there is in all reaches nothing */
  async tell(
    manager: EntityManager,
    payer: PayerKey,
    { feature, grant, period }: Entitlement,
    refused = 0,
  ): Promise<void> {
    const limit = Number(grant.value);
    if (!(limit > 0) || refused > limit) return;
    const end = period.end?.toISOString() ?? null;
    const [told] = await manager.query<[{ used: string }[], number]>(
      `UPDATE feature_usage SET told_limit = $4, resets_at = $5
       WHERE ${ownerColumn(payer)} = $1 AND feature = $2 AND period_start = $3 AND told_limit IS DISTINCT FROM $4
       RETURNING used`,
      [payer.id, feature.key, period.start, limit, period.bySubscription === true ? null : end],
    );
    const [row] = told;
    if (row === undefined) return;
    await this.events.write(manager, {
      types: ['usage.limit_reached'],
      of: payer,
      object: { type: 'entitlement', id: null, stripeId: null },
      data: {
        object: { feature: feature.key, limit, used: Number(row.used), resets_at: end, plan: grant.plan },
        previous: null,
      },
    });
  }
}

import { payerName } from '../auth/payer-name.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { type PayerDto } from './dto/payer.dto.js';
import { type PayerRow } from './payer.reader.js';

/** Rows → response. */
export function toPayerDto(row: PayerRow, subscriptions: readonly Subscription[]): PayerDto {
  return {
    payer: payerName(row),
    is_active: row.isActive,
    closed_at: row.closedAt?.toISOString() ?? null,
    name: row.name,
    email: row.email,
    customer_id: row.customerId,
    stripe_customer_id: row.stripeCustomerId,
    subscriptions: subscriptions.map(({ id, stripeSubscriptionId, tier, status }) => ({
      id,
      stripe_subscription_id: stripeSubscriptionId,
      tier,
      status,
    })),
  };
}

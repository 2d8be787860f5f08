import { type WebhookEventDetailsDto, type WebhookEventDto } from './dto/webhook-event.dto.js';
import { type WebhookEvent } from './webhook-event.entity.js';

/** Row → response. */
export function toWebhookEventDto(row: WebhookEvent): WebhookEventDto {
  const isOpen = row.state === 'received' || row.state === 'processing';
  return {
    event_id: row.eventId,
    type: row.type,
    state: row.state,
    reason: row.reason,
    object_id: row.objectId,
    stripe_customer_id: row.stripeCustomerId,
    attempts: row.attempts,
    next_attempt_at: isOpen ? row.nextAttemptAt.toISOString() : null,
    received_at: row.receivedAt.toISOString(),
    processed_at: row.processedAt?.toISOString() ?? null,
  };
}

/** Row with its payload → response. */
export function toWebhookEventDetailsDto(row: WebhookEvent): WebhookEventDetailsDto {
  return { ...toWebhookEventDto(row), last_error: row.lastError, payload: contentOf(row.payload) };
}

function contentOf(payload: Buffer): unknown {
  const text = payload.toString('utf8');
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null ? content : text;
  } catch {
    return text;
  }
}

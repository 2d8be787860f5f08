import { Injectable, Logger } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { WebhookSignature } from '../stripe/webhook-signature.js';
import { type WebhookAnswerDto } from './dto/webhook-answer.dto.js';
import { unroutedReason } from './event-plan.js';
import { type Filing, Inbox } from './inbox.js';
import { readEvent, type StripeEvent, unreadable } from './stripe-event.js';

/** Takes in deliveries: the signature decides whether they are kept, nothing else does. */
@Injectable()
export class WebhooksService {
  private readonly logger = new Logger(WebhooksService.name);

  constructor(
    private readonly signature: WebhookSignature,
    private readonly inbox: Inbox,
    private readonly config: AppConfig,
  ) {}

  /**
   * Keeps a delivery; the worker handles it.
   * @param body raw bytes of the request
   * @param header `Stripe-Signature`
   * @throws BillingError invalid_signature
   */
  async receive(body: unknown, header: string | string[] | undefined): Promise<WebhookAnswerDto> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const signed = this.signature.isValid(bytes, Array.isArray(header) ? header.join(',') : header);
    if (!signed) throw new BillingError('invalid_signature');
    const event = readEvent(bytes);
    const facts = event ?? unreadable(bytes);
    const filing = this.fileOf(event);
    await this.inbox.receive(bytes, facts, filing);
    const entry = { event_id: facts.eventId, type: facts.type, state: filing.state, reason: filing.reason };
    if (filing.state === 'failed') this.logger.warn('Webhook event cannot be handled', entry);
    else this.logger.debug('Webhook event received', entry);
    return { status: 'success' };
  }

  private fileOf(event: StripeEvent | null): Filing {
    if (event === null) return { state: 'failed', reason: 'unparsable' };
    if (event.account !== null) return { state: 'ignored', reason: 'connected_account' };
    if (event.livemode !== null && event.livemode !== this.config.livemode)
      return { state: 'failed', reason: 'livemode_mismatch' };
    const reason = unroutedReason(event);
    return reason === null ? { state: 'received', reason } : { state: 'ignored', reason };
  }
}

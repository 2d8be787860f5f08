import { Injectable, Logger } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { WebhookSignature } from '../stripe/webhook-signature.js';
import { type WebhookAnswerDto } from './dto/webhook-answer.dto.js';
import { DeliveryIntake } from './delivery-intake.js';
import { filingOf } from './filing.js';
import { readEvent, unreadable } from './stripe-event.js';

/** Takes in deliveries: the signature decides whether they are kept, nothing else does. */
@Injectable()
export class WebhooksService {
  private readonly logger = new Logger(WebhooksService.name);

  constructor(
    private readonly signature: WebhookSignature,
    private readonly intake: DeliveryIntake,
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
    const content = readEvent(bytes);
    const facts = content ?? unreadable(bytes);
    const filing = filingOf(content, this.config.livemode);
    await this.intake.receive({ body: bytes, facts, filing, content });
    const entry = { event_id: facts.eventId, type: facts.type, state: filing.state, reason: filing.reason };
    if (filing.state === 'failed') this.logger.warn('Webhook event cannot be handled', entry);
    else this.logger.debug('Webhook event received', entry);
    return { status: 'success' };
  }
}

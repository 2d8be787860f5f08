import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AppConfig } from '../config/app-config.js';

/** Seconds that a signature stays valid, in both directions; Stripe's own default. */
const TOLERANCE_SECONDS = 300;

/**
 * Checks that a delivery was signed by Stripe with one of the configured secrets (https://docs.stripe.com/webhooks). The
 * stripe package is not used for it: it decodes the body first, so that it refuses a signed body that is no UTF-8, and
 * it lets a stamp from the future pass.
 */
@Injectable()
export class WebhookSignature {
  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * @param body the raw bytes of the request, before any parser
   * @param header the `Stripe-Signature` header
   */
  isValid(body: Buffer, header: string | undefined): boolean {
    const { timestamp, signatures } = parse(header ?? '');
    if (timestamp === null || signatures.length === 0) return false;
    if (Math.abs(this.clock.epochSeconds() - Number(timestamp)) > TOLERANCE_SECONDS) return false;
    return this.config.env.STRIPE_WEBHOOK_SECRET.some((secret) => {
      const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
      return signatures.some((signature) => timingSafeEqual(expected, signature));
    });
  }
}

/** `t=<seconds>,v1=<hex>[,v1=<hex>…]`; other schemes are skipped, as Stripe asks for. */
function parse(header: string): { timestamp: string | null; signatures: Buffer[] } {
  const items = header.split(',').map((item) => item.trim());
  const timestamp = items.find((item) => /^t=\d{1,12}$/.test(item))?.slice(2) ?? null;
  const signatures = items
    .filter((item) => /^v1=[0-9a-f]{64}$/.test(item))
    .map((item) => Buffer.from(item.slice(3), 'hex'));
  return { timestamp, signatures };
}

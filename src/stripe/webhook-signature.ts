import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { Clock } from '../common/clock.js';
import { AppConfig } from '../config/app-config.js';

/** Seconds that a signature stays valid, in both directions; Stripe's own default. */
const TOLERANCE_SECONDS = 300;

/** Checks that a delivery was signed by Stripe with one of the configured secrets (https://docs.stripe.com/webhooks). */
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
    if (header === undefined || this.isFromTheFuture(header)) return false;
    return this.config.env.STRIPE_WEBHOOK_SECRET.some((secret) => this.matches(body, header, secret));
  }

  /** The stripe package checks only the age; a stamp far ahead would stay valid until then plus the tolerance. */
  private isFromTheFuture(header: string): boolean {
    const stamp = Number(/(?:^|,)t=(\d+)(?:,|$)/.exec(header)?.[1]);
    return !(stamp <= this.clock.epochSeconds() + TOLERANCE_SECONDS);
  }

  private matches(body: Buffer, header: string, secret: string): boolean {
    try {
      return Stripe.webhooks.signature?.verifyHeader(body, header, secret, TOLERANCE_SECONDS) === true;
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
      throw error;
    }
  }
}

import { Global, Module } from '@nestjs/common';
import { ClockCheck } from '../common/clock-check.js';
import { StripeClient } from './stripe-client.js';
import { WebhookSignature } from './webhook-signature.js';

/** The transport to Stripe; no business words. */
@Global()
@Module({ providers: [StripeClient, WebhookSignature], exports: [StripeClient, WebhookSignature] })
export class StripeModule {
  constructor(stripe: StripeClient, clockCheck: ClockCheck) {
    stripe.onCall(({ secondsAhead }) => {
      if (secondsAhead !== null) clockCheck.note('Stripe', secondsAhead);
    });
  }
}

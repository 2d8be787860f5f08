import { Global, Module } from '@nestjs/common';
import { StripeClient } from './stripe-client.js';
import { WebhookSignature } from './webhook-signature.js';

/** The transport to Stripe; no business words. */
@Global()
@Module({ providers: [StripeClient, WebhookSignature], exports: [StripeClient, WebhookSignature] })
export class StripeModule {}

import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type WebhookEndpoint = Stored<Omit<Stripe.WebhookEndpoint, 'secret'>, { secret: string }>;

export const webhookEndpoints = objectType<WebhookEndpoint>({
  object: 'webhook_endpoint',
  prefix: 'we',
  title: 'webhook endpoint',
});

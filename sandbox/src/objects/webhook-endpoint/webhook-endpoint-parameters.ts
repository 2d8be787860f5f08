import type Stripe from 'stripe';
import { API_VERSION } from '../../api-version.js';
import {
  type DeclaredFor,
  array,
  boolean,
  metadata,
  modelled,
  oneOf,
  required,
  string,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { ENABLED_EVENTS } from '../../rules/event-types.js';
import { OLD_API_VERSION } from '../../rules/old-shapes.js';

export const createParameters = {
  url: required(string()),
  enabled_events: required(array(oneOf(...ENABLED_EVENTS), { max: 500 })),
  api_version: modelled(API_VERSION, OLD_API_VERSION),
  connect: unsupported(),
  description: unsettable(string()),
  metadata: metadata(),
} satisfies DeclaredFor<Stripe.WebhookEndpointCreateParams>;

export const updateParameters = {
  url: string(),
  enabled_events: array(oneOf(...ENABLED_EVENTS), { max: 500 }),
  disabled: boolean(),
  description: unsettable(string()),
  metadata: metadata(),
} satisfies DeclaredFor<Stripe.WebhookEndpointUpdateParams>;

import type Stripe from 'stripe';
import { hash, oneOf, required, string, timestamp, unsettable } from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Stored } from '../../wire.js';
import { type PaymentMethod } from '../payment-method/create-payment-method.js';
import { type Resource } from '../../http/resource.js';

export type Mandate = Stored<Stripe.Mandate>;

export const mandates = objectType<Mandate>({
  object: 'mandate',
  prefix: 'mandate',
  indexes: {},
  references: { payment_method: 'payment_method' },
});

/** `mandate_data`: how the customer agreed that the bank account is debited. */
export const mandateData = unsettable(
  hash({
    customer_acceptance: hash({
      accepted_at: timestamp(),
      offline: hash({}),
      online: hash({ ip_address: string(), user_agent: string() }),
      type: required(oneOf('offline', 'online')),
    }),
  }),
);

/** How a customer agreed to a mandate. */
export interface Acceptance {
  readonly accepted_at?: number;
  readonly online?: { readonly ip_address?: string; readonly user_agent?: string };
  readonly type: 'offline' | 'online';
}

/** Stores the customer's consent to debits of a bank account. */
export function insertMandate(context: Context, method: PaymentMethod, acceptance: Acceptance): Mandate {
  const reference = context.newId('sandbox', 12).replace('_', '-').toUpperCase();
  const { online, type } = acceptance;
  return context.objects(mandates).insert({
    id: context.newId('mandate'),
    object: 'mandate',
    customer_acceptance: {
      accepted_at: acceptance.accepted_at ?? context.now(),
      ...(type === 'offline'
        ? { offline: {} }
        : { online: { ip_address: online?.ip_address ?? null, user_agent: online?.user_agent ?? null } }),
      type,
    },
    livemode: false,
    multi_use: {},
    payment_method: method.id,
    payment_method_details: {
      sepa_debit: { reference, url: `${context.url}/mandates/${reference}` },
      type: 'sepa_debit',
    },
    status: 'active',
    type: 'multi_use',
  });
}

const retrieve = route({
  method: 'GET',
  path: '/v1/mandates/:mandate',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(mandates).require(path.mandate)),
});

export const mandateResource: Resource = { types: [mandates], routes: [retrieve] };

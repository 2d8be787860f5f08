import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { type DeclaredFor, mergeMetadata, metadata, string, unsettable, unsupported } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { changed } from '../common-parameters.js';
import { charges } from './charge-type.js';

const retrieve = route({
  method: 'GET',
  path: '/v1/charges/:charge',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(charges).require(path.charge)),
});

const list = route({
  method: 'GET',
  path: '/v1/charges',
  parameters: {
    ...pagination,
    created: range,
    customer: string(),
    payment_intent: string(),
    transfer_group: unsupported(),
  } satisfies DeclaredFor<Stripe.ChargeListParams>,
  handle({ context, parameters: sent }) {
    const stored = context.objects(charges);
    const among =
      sent.payment_intent !== undefined
        ? stored.where('payment_intent', sent.payment_intent)
        : sent.customer !== undefined
          ? stored.where('customer', sent.customer)
          : undefined;
    return listPage(context, charges, sent, {
      url: '/v1/charges',
      among,
      filter: (charge) =>
        inRange(charge.created, sent.created) && (sent.customer === undefined || charge.customer === sent.customer),
    });
  },
});

const update = route({
  method: 'POST',
  path: '/v1/charges/:charge',
  parameters: {
    customer: unsupported(),
    description: unsettable(string()),
    fraud_details: unsupported(),
    metadata: metadata(),
    receipt_email: string(),
    shipping: unsupported(),
    transfer_group: unsupported(),
  } satisfies DeclaredFor<Stripe.ChargeUpdateParams>,
  handle({ context, path, parameters: sent }) {
    const before = context.objects(charges).require(path.charge);
    const after = context.objects(charges).update(before.id, {
      description: changed(sent.description, before.description),
      metadata: mergeMetadata(before.metadata, sent.metadata),
      receipt_email: sent.receipt_email ?? before.receipt_email,
    });
    context.emitUpdated('charge.updated', before, after);
    return context.present(after);
  },
});

export const chargeResource: Resource = { types: [charges], routes: [retrieve, list, update] };

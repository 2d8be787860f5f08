import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { mandates } from './mandate-type.js';

const retrieve = route({
  method: 'GET',
  path: '/v1/mandates/:mandate',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(mandates).require(path.mandate)),
});

export const mandateResource: Resource = { types: [mandates], routes: [retrieve] };

import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { createParameters } from './billing-portal-session-parameters.js';
import { portalSessions } from './billing-portal-session-type.js';
import { createSession } from './create-billing-portal-session.js';

const create = route({
  method: 'POST',
  path: '/v1/billing_portal/sessions',
  parameters: createParameters,
  handle: ({ context, parameters }) => context.present(createSession(context, parameters)),
});

export const portalSessionResource: Resource = { types: [portalSessions], routes: [create] };

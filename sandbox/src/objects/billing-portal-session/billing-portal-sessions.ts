import { invalidRequest } from '../../errors/stripe-error.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import {
  type Configuration,
  configurations,
} from '../billing-portal-configuration/billing-portal-configuration-type.js';
import { defaultConfiguration } from '../billing-portal-configuration/billing-portal-configurations.js';
import { requireCustomer } from '../customer/customer-type.js';
import { type SessionParameters, createShape } from './billing-portal-session-parameters.js';
import { type PortalSession, portalSessions } from './billing-portal-session-type.js';
import { flowOf } from './session-flow.js';

/** A session that nobody opened ends after five minutes, an opened one an hour after it was last used. */
const UNOPENED_SECONDS = 5 * 60;
const IDLE_SECONDS = 60 * 60;

/** Whether the pages of a session can be used no more. */
export function hasEnded(context: Context, { sandbox }: PortalSession): boolean {
  const end = sandbox.used === null ? sandbox.opened + UNOPENED_SECONDS : sandbox.used + IDLE_SECONDS;
  return context.now(null) > end;
}

function configurationFor(context: Context, id: string | undefined): Configuration {
  if (id === undefined) return defaultConfiguration(context);
  const configuration = context.objects(configurations).require(id, 'configuration');
  if (configuration.active) return configuration;
  throw invalidRequest(`The configuration ${id} is inactive.`, { param: 'configuration' });
}

function createSession(context: Context, sent: SessionParameters): PortalSession {
  const customer = requireCustomer(context, sent.customer);
  const configuration = configurationFor(context, sent.configuration);
  const secret = context.newId('test', 40);
  const session = context.objects(portalSessions).insert({
    id: context.newId('bps'),
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: context.now(),
    customer: customer.id,
    customer_account: null,
    flow: flowOf(context, customer.id, configuration, sent.flow_data),
    livemode: false,
    locale: sent.locale ?? null,
    on_behalf_of: null,
    return_url: sent.return_url ?? configuration.default_return_url,
    url: `${context.url}/p/session/${secret}`,
    sandbox: { secret, opened: context.now(null), used: null, setup_intent: null },
  });
  context.emit('billing_portal.session.created', session);
  return session;
}

const create = route({
  method: 'POST',
  path: '/v1/billing_portal/sessions',
  parameters: createShape,
  handle: ({ context, parameters }) => context.present(createSession(context, parameters)),
});

export const portalSessionResource: Resource = { types: [portalSessions], routes: [create] };

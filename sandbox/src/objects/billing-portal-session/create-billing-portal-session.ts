import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import {
  type Configuration,
  configurations,
} from '../billing-portal-configuration/billing-portal-configuration-type.js';
import { defaultConfiguration } from '../billing-portal-configuration/create-billing-portal-configuration.js';
import { requireCustomer } from '../customer/customer-type.js';
import { type SessionParameters } from './billing-portal-session-parameters.js';
import { type PortalSession, portalSessions } from './billing-portal-session-type.js';
import { flowOf } from './compute-flow.js';

function configurationFor(context: Context, id: string | undefined): Configuration {
  if (id === undefined) return defaultConfiguration(context);
  const configuration = context.objects(configurations).require(id, 'configuration');
  if (configuration.active) return configuration;
  throw invalidRequest(`The configuration ${id} is inactive.`, { param: 'configuration' });
}

export function createSession(context: Context, sent: SessionParameters): PortalSession {
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

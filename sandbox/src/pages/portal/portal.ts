import { invalidRequest } from '../../errors/stripe-error.js';
import {
  type Configuration,
  configurations,
} from '../../objects/billing-portal-configuration/billing-portal-configuration-type.js';
import {
  type PortalSession,
  hasEnded,
  portalSessions,
} from '../../objects/billing-portal-session/billing-portal-session-type.js';
import { type Customer, customers } from '../../objects/customer/customer-type.js';
import { type Subscription, isTerminal, subscriptions } from '../../objects/subscription/subscription-type.js';
import { type Html, type Part, html } from '../html.js';
import { alert } from '../layout.js';
import { PageNotFound } from '../page-not-found.js';
import { type PageAnswer, type PageCall, type PageRoute, webUrl } from '../page.js';

/** How long a session is used before that is written down again. */
const USE_NOTED_EVERY_SECONDS = 60;

/** A request for a page of a portal session that has not ended. */
export interface Portal {
  readonly call: PageCall;
  readonly session: PortalSession;
  readonly configuration: Configuration;
  readonly customer: Customer;
  /** The path that all its pages continue. */
  readonly home: string;
  /** The path of its first page, which a flow does not take. */
  readonly first: string;
}

function sessionAt(call: PageCall): PortalSession {
  const [session] = call.context.objects(portalSessions).where('secret', call.names.secret ?? '');
  if (session === undefined) throw new PageNotFound();
  return session;
}

function ended(session: PortalSession): PageAnswer {
  const url = webUrl(session.return_url);
  const title = 'This link has expired';
  return {
    title,
    status: 410,
    content: html`<main class="narrow">
      <div class="card">
        <h1>${title}</h1>
        <p>Links to the customer portal are short-lived. Please go back and open it again.</p>
        ${url !== null && html`<p><a href="${url}">Back</a></p>`}
      </div>
    </main>`,
  };
}

function noteUse({ context }: PageCall, session: PortalSession): PortalSession {
  const now = context.now(null);
  const { used } = session.sandbox;
  if (used !== null && now - used < USE_NOTED_EVERY_SECONDS) return session;
  return context.objects(portalSessions).update(session.id, { sandbox: { ...session.sandbox, used: now } });
}

function enter(call: PageCall, handle: (portal: Portal) => PageAnswer): PageAnswer {
  const found = sessionAt(call);
  const customer = call.context.objects(customers).get(found.customer);
  if (customer === undefined || hasEnded(call.context, found)) return ended(found);
  const session = noteUse(call, found);
  call.context.useTestClock(customer.test_clock);
  const configuration = call.context.objects(configurations).require(session.configuration);
  const home = `/p/session/${session.sandbox.secret}`;
  const first = session.flow === null ? home : `${home}/home`;
  return handle({ call, session, configuration, customer, home, first });
}

/** A page of portal sessions. `path` continues that of the session. */
export function portalPage(
  path: string,
  show: (portal: Portal) => PageAnswer,
  submit?: (portal: Portal) => PageAnswer,
): PageRoute {
  return {
    path: `/p/session/:secret${path}`,
    show: (call) => enter(call, show),
    ...(submit === undefined ? {} : { submit: (call: PageCall) => enter(call, submit) }),
  };
}

/** Throws 400 for what the configuration does not offer. */
export function requireFeature(portal: Portal, feature: keyof Configuration['features']): void {
  if (portal.configuration.features[feature].enabled) return;
  throw invalidRequest('This is not offered here.', { param: feature });
}

/** The customer's subscription that a path names, while it has not ended. */
export function subscriptionAt({ call, customer }: Portal): Subscription {
  const subscription = call.context.objects(subscriptions).get(call.names.subscription ?? '');
  if (subscription === undefined || subscription.customer !== customer.id || isTerminal(subscription)) {
    throw new PageNotFound();
  }
  return subscription;
}

export function subscriptionPath(portal: Portal, subscription: Subscription): string {
  return `${portal.home}/subscriptions/${subscription.id}`;
}

/** Where a person is after something was done: where the flow of the session says, else the first page. */
export function after(portal: Portal, ...flows: string[]): PageAnswer {
  const { flow } = portal.session;
  if (flow === null || !flows.includes(flow.type)) return { redirect: portal.first };
  const { redirect, type } = flow.after_completion;
  if (type === 'redirect') return { redirect: webUrl(redirect?.return_url) ?? portal.first };
  return { redirect: type === 'hosted_confirmation' ? `${portal.home}/done` : portal.first };
}

/** A page with one thing to do, a way back, and why it was refused. */
export function taskPage(portal: Portal, title: string, content: Part, leavesSite = true): PageAnswer {
  const { call, session } = portal;
  const back = session.flow === null ? portal.first : webUrl(session.return_url);
  return {
    title,
    leavesSite,
    content: html`<main class="narrow">
      ${back !== null && html`<p><a href="${back}">← Back</a></p>`}
      <div class="card">
        <h1>${title}</h1>
        ${alert(call)} ${content}
      </div>
    </main>`,
  };
}

/** A section of the first page. */
export function section(title: string, content: Part): Html {
  return html`<section class="card" aria-label="${title}">
    <h2>${title}</h2>
    ${content}
  </section>`;
}

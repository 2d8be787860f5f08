import type Stripe from 'stripe';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

/** What the sandbox remembers about a portal session beside its fields. Times in seconds of the sandbox's own clock. */
interface PortalSessionState {
  /** Names its pages. */
  readonly secret: string;
  readonly opened: number;
  /** When a page of it was last used; null until the first. */
  readonly used: number | null;
  /** The set-up intent of the page that adds a card. */
  readonly setup_intent: string | null;
}

export type PortalSession = Stored<Omit<Stripe.BillingPortal.Session, 'after_expiration'>, PortalSessionState>;
export type Flow = NonNullable<PortalSession['flow']>;

export const portalSessions = objectType<PortalSession>({
  object: 'billing_portal.session',
  prefix: 'bps',
  indexes: { secret: (session) => session.sandbox.secret },
  references: { configuration: 'billing_portal.configuration', customer: 'customer' },
});

/** A session that nobody opened ends after five minutes, an opened one an hour after it was last used. */
const UNOPENED_SECONDS = 5 * 60;
const IDLE_SECONDS = 60 * 60;

/** Whether the pages of a session can be used no more. */
export function hasEnded(context: Context, { sandbox }: PortalSession): boolean {
  const end = sandbox.used === null ? sandbox.opened + UNOPENED_SECONDS : sandbox.used + IDLE_SECONDS;
  return context.now(null) > end;
}

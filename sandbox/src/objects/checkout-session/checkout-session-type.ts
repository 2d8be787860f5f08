import type Stripe from 'stripe';
import { withoutHidden } from '../../kernel/context.js';
import { objectType } from '../../kernel/object-type.js';
import { type Stored, type Wire } from '../../wire.js';
import { type SessionParameters } from './checkout-session-parameters.js';

/** What a person typed into the page beside the card. */
export interface Buyer {
  readonly email: string | null;
  readonly name: string | null;
}

/** A payment that waits for its 3-D Secure step. */
interface PendingAttempt extends Buyer {
  readonly payment_method: string;
}

/** What the sandbox remembers about a session beside its fields. */
interface SessionState {
  readonly lines: readonly SessionLine[];
  readonly subscription_data: SessionParameters['subscription_data'] | null;
  readonly payment_intent_data: SessionParameters['payment_intent_data'] | null;
  readonly allow_redisplay: 'always' | 'limited' | 'unspecified';
  /** Whether the name typed into the page becomes the name of the customer that was given. */
  readonly updates_name: boolean;
  /** When the trial ends that the session offers, or null. */
  readonly trial_end: number | null;
  readonly attempt: PendingAttempt | null;
}

type Includable = 'line_items';

export type Session = Stored<Omit<Stripe.Checkout.Session, Includable>, SessionState>;
export type SessionLine = Wire<Stripe.LineItem>;

function listOfLines(session: Session): object {
  return {
    object: 'list',
    data: session.sandbox.lines.slice(0, 10),
    has_more: session.sandbox.lines.length > 10,
    url: `/v1/checkout/sessions/${session.id}/line_items`,
  };
}

export const sessions = objectType<Session>({
  object: 'checkout.session',
  prefix: 'cs_test',
  title: 'checkout.session',
  indexes: {
    customer: (session) => session.customer,
    payment_intent: (session) => session.payment_intent,
    subscription: (session) => session.subscription,
  },
  references: {
    customer: 'customer',
    'discounts.coupon': 'coupon',
    'discounts.promotion_code': 'promotion_code',
    invoice: 'invoice',
    payment_intent: 'payment_intent',
    setup_intent: 'setup_intent',
    subscription: 'subscription',
  },
  includable: { line_items: listOfLines },
  present: (session, context) => ({
    ...withoutHidden(session),
    url: session.status === 'open' ? `${context.url}/c/pay/${session.id}#fid` : null,
  }),
});

/** Lines live inside their session; the type says what can be expanded in them. */
export const sessionLines = objectType<SessionLine>({ object: 'item', prefix: 'li' });

import type Stripe from 'stripe';
import { type Context } from '../../kernel/context.js';
import { type Wire } from '../../wire.js';
import { type PaymentIntent, paymentIntents } from './payment-intent-type.js';

/** What a payment intent is made of; `customer` must exist. */
export interface IntentInput {
  /** Minor units, above 0. */
  readonly amount: number;
  readonly currency: string;
  readonly customer?: string | null;
  readonly payment_method?: string | null;
  readonly description?: string | null;
  readonly metadata?: Record<string, string>;
  readonly capture_method?: PaymentIntent['capture_method'];
  readonly confirmation_method?: PaymentIntent['confirmation_method'];
  readonly setup_future_usage?: 'off_session' | 'on_session' | null;
  readonly receipt_email?: string | null;
  readonly shipping?: Wire<Stripe.PaymentIntent.Shipping> | null;
  readonly statement_descriptor?: string | null;
  readonly statement_descriptor_suffix?: string | null;
  readonly return_url?: string | null;
  readonly automatic_payment_methods?: PaymentIntent['automatic_payment_methods'];
  readonly allowed_payment_method_types?: string[];
  /** Default: cards. */
  readonly payment_method_types?: string[];
}

/** `payment_method_options` of each type of payment method. */
const OPTIONS: Readonly<Record<string, object>> = {
  card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
  sepa_debit: {},
};

/** Stores a new payment intent and emits `payment_intent.created`. It is paid with `payIntent`. */
export function createIntent(context: Context, input: IntentInput): PaymentIntent {
  const id = context.newId('pi');
  const types = input.payment_method_types ?? ['card'];
  const intent = context.objects(paymentIntents).insert({
    id,
    object: 'payment_intent',
    allowed_payment_method_types: input.allowed_payment_method_types ?? null,
    amount: input.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: input.automatic_payment_methods ?? null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: input.capture_method ?? 'automatic_async',
    client_secret: context.newId(`${id}_secret`, 25),
    confirmation_method: input.confirmation_method ?? 'automatic',
    created: context.now(),
    currency: input.currency,
    customer: input.customer ?? null,
    customer_account: null,
    description: input.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: input.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: input.payment_method ?? null,
    payment_method_configuration_details: null,
    payment_method_options: Object.fromEntries(types.map((type) => [type, OPTIONS[type] ?? {}])),
    payment_method_types: types,
    payment_record: null,
    processing: null,
    receipt_email: input.receipt_email ?? null,
    review: null,
    setup_future_usage: input.setup_future_usage ?? null,
    shipping: input.shipping ?? null,
    source: null,
    statement_descriptor: input.statement_descriptor ?? null,
    statement_descriptor_suffix: input.statement_descriptor_suffix ?? null,
    status: typeof input.payment_method === 'string' ? 'requires_confirmation' : 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
    sandbox: { return_url: input.return_url ?? null },
  });
  context.emit('payment_intent.created', intent);
  return intent;
}

import { type Context } from '../../kernel/context.js';
import { type SetupIntent, setupIntents } from './setup-intent-type.js';

/** What a setup intent is made of; `customer` must exist. */
export interface SetupInput {
  readonly customer?: string | null;
  readonly payment_method?: string | null;
  readonly description?: string | null;
  readonly metadata?: Record<string, string>;
  readonly usage?: 'off_session' | 'on_session';
  readonly return_url?: string | null;
  readonly automatic_payment_methods?: SetupIntent['automatic_payment_methods'];
}

/** Stores a new setup intent and emits `setup_intent.created`. */
export function createSetupIntent(context: Context, input: SetupInput): SetupIntent {
  const id = context.newId('seti');
  const intent = context.objects(setupIntents).insert({
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: input.automatic_payment_methods ?? null,
    cancellation_reason: null,
    client_secret: context.newId(`${id}_secret`, 25),
    created: context.now(),
    customer: input.customer ?? null,
    customer_account: null,
    description: input.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: input.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: input.payment_method ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: typeof input.payment_method === 'string' ? 'requires_confirmation' : 'requires_payment_method',
    usage: input.usage ?? 'off_session',
    sandbox: { return_url: input.return_url ?? null },
  });
  context.emit('setup_intent.created', intent);
  return intent;
}

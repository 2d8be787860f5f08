import { registerDecorator } from 'class-validator';
import { type Payer } from '../../auth/payer.js';
import { validationFailed } from '../../common/billing-error.js';

/** What the host keeps at Stripe with a subscription. */
export type SubscriptionMetadata = Record<string, string>;

const MAX_KEYS = 20;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;
/** What this service writes itself, and reads to know whose and from where a subscription is. */
const RESERVED = /^(billing_|user_id$|organization_id$|operation_key$|intent_key$|tier$|interval$)/;

/** An object of up to 20 texts, by names that Stripe takes and this service does not use. */
export function IsSubscriptionMetadata(): PropertyDecorator {
  return (target, propertyName) => {
    registerDecorator({
      name: 'isSubscriptionMetadata',
      target: target.constructor,
      propertyName: String(propertyName),
      options: {
        message: `metadata must be an object of at most ${MAX_KEYS} texts of at most ${MAX_VALUE_LENGTH} characters; names have at most ${MAX_KEY_LENGTH}, no [ or ], and are none of billing_…, user_id, organization_id, operation_key, intent_key, tier, interval`,
      },
      validator: { validate: isMetadata },
    });
  };
}

/**
 * The metadata of a request.
 * @throws BillingError validation_failed for that of a user: it is the host's to say what its subscriptions mean
 */
export function hostMetadata(
  { actor }: Payer,
  metadata: SubscriptionMetadata | undefined | null,
): SubscriptionMetadata {
  if (metadata === undefined || metadata === null) return {};
  if (actor.kind === 'service_key') return metadata;
  throw validationFailed([{ field: 'metadata', message: 'metadata is for service keys alone' }]);
}

function isMetadata(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= MAX_KEYS && entries.every(([name, text]) => isName(name) && isText(text));
}

function isName(name: string): boolean {
  return name !== '' && name.length <= MAX_KEY_LENGTH && !/[[\]]/.test(name) && !RESERVED.test(name);
}

function isText(text: unknown): boolean {
  return typeof text === 'string' && text.length <= MAX_VALUE_LENGTH;
}

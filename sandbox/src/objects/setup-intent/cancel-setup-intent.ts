import { type Context } from '../../kernel/context.js';
import { type SetupIntent, setupIntents, unexpectedSetupState } from './setup-intent-type.js';

/** Cancels a setup intent that has not succeeded. */
export function cancelSetupIntent(
  context: Context,
  intent: SetupIntent,
  reason: SetupIntent['cancellation_reason'],
): SetupIntent {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw unexpectedSetupState(context, intent, 'cancel');
  }
  const canceled = context
    .objects(setupIntents)
    .update(intent.id, { cancellation_reason: reason, next_action: null, status: 'canceled' });
  context.emit('setup_intent.canceled', canceled);
  return canceled;
}

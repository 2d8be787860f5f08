import { type Context } from '../../kernel/context.js';
import { charges } from '../charge/charge-type.js';
import { withRefunded } from './create-refund.js';
import { type Refund, refunds } from './refund-type.js';

/** A pending refund succeeds; a refund of the failing card fails, and the charge counts it no more. */
export function settle(context: Context, id: string): void {
  const before = context.objects(refunds).require(id);
  if (before.status === 'pending') {
    const { pending_reason: _reason, ...rest } = before;
    emitChange(context, before, context.objects(refunds).replace({ ...rest, status: 'succeeded' }));
    return;
  }
  const failed = context
    .objects(refunds)
    .replace({ ...before, status: 'failed', failure_reason: 'lost_or_stolen_card' });
  emitChange(context, before, failed);
  context.emit('refund.failed', failed);
  const charge = context.objects(charges).require(before.charge ?? '');
  const after = withRefunded(context, charge, charge.amount_refunded - before.amount);
  context.emitUpdated('charge.updated', charge, after);
}

export function emitChange(context: Context, before: Refund, after: Refund): void {
  context.emitUpdated('refund.updated', before, after);
  context.emitUpdated('charge.refund.updated', before, after);
}

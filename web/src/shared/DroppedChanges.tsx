import { Text } from '@mantine/core';
import { type Subscription } from 'stripe-billing-client';
import { useTexts } from './billing-context.js';
import { formatDate } from './format.js';

/** Which other changes of plan a cancellation, or a further change, drops; nothing when there are none. */
export function DroppedChanges({ subscription }: { subscription: Subscription }) {
  const { common, subscription: texts } = useTexts();
  const { scheduledChange: scheduled, pendingChange: pending } = subscription;
  return (
    <>
      {scheduled === undefined ? null : (
        <Text>
          {texts.dropsScheduled(
            common.tierName[scheduled.tier],
            common.intervalName[scheduled.interval],
            formatDate(scheduled.at),
          )}
        </Text>
      )}
      {pending === undefined ? null : <Text>{texts.dropsPending(common.tierName[pending.tier])}</Text>}
    </>
  );
}

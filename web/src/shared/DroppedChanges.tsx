import { Text } from '@mantine/core';
import { type Subscription } from 'stripe-billing-client';
import { type PlanChoice } from '../data/subscription-rules.js';
import { usePlanName } from '../data/queries.js';
import { useTexts } from './billing-context.js';
import { formatDate } from './format.js';

interface DroppedChangesProps {
  subscription: Subscription;
  /** What is chosen instead, for a change of plan: the same one is not dropped. */
  chosen?: PlanChoice;
}

/** Which other changes of plan a cancellation, or a further change, drops; nothing when there are none. */
export function DroppedChanges({ subscription, chosen }: DroppedChangesProps) {
  const { common, subscription: texts } = useTexts();
  const planName = usePlanName();
  const { scheduledChange: scheduled, pendingChange: pending } = subscription;
  const isDropped = (change: Pick<Subscription, 'tier' | 'interval'>) =>
    change.tier !== chosen?.tier || change.interval !== chosen.interval;
  return (
    <>
      {scheduled !== undefined && isDropped(scheduled) ? (
        <Text>
          {texts.dropsScheduled(
            planName(scheduled.tier),
            common.intervalName[scheduled.interval],
            formatDate(scheduled.at),
          )}
        </Text>
      ) : null}
      {pending !== undefined && isDropped(pending) ? <Text>{texts.dropsPending(planName(pending.tier))}</Text> : null}
    </>
  );
}

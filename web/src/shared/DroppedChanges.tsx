import { Text } from '@mantine/core';
import { type Subscription } from 'stripe-billing-client';
import { isSamePeriod, type PlanChoice } from '../data/subscription-rules.js';
import { usePlanName } from '../data/queries.js';
import { useTexts } from './billing-context.js';
import { formatDate } from './format.js';
import { periodName } from './periods.js';

interface DroppedChangesProps {
  subscription: Subscription;
  /** What is chosen instead, for a change of plan: the same one is not dropped. */
  chosen?: PlanChoice;
}

/** Which other changes of plan a cancellation, or a further change, drops; nothing when there are none. */
export function DroppedChanges({ subscription, chosen }: DroppedChangesProps) {
  const texts = useTexts();
  const planName = usePlanName();
  const { scheduledChange: scheduled, pendingChange: pending } = subscription;
  const isDropped = (change: PlanChoice) =>
    chosen === undefined || change.tier !== chosen.tier || !isSamePeriod(change, chosen);
  return (
    <>
      {scheduled !== undefined && isDropped(scheduled) ? (
        <Text>
          {texts.subscription.dropsScheduled(
            planName(scheduled.tier),
            periodName(scheduled, texts),
            formatDate(scheduled.at),
          )}
        </Text>
      ) : null}
      {pending !== undefined && isDropped(pending) ? (
        <Text>{texts.subscription.dropsPending(planName(pending.tier))}</Text>
      ) : null}
    </>
  );
}

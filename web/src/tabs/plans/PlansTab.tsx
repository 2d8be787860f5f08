import { Alert, Badge, Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { type Plan, type PlanInterval, type Subscription } from 'stripe-billing-client';
import { useConfig, useCustomer, usePlans, useSubscription } from '../../data/queries.js';
import { canPurchase, changeObstacle, isCurrent } from '../../data/subscription-rules.js';
import { useBilling, useTexts } from '../../shared/billing-context.js';
import { formatPercent } from '../../shared/format.js';
import { MissingState, StaleState } from '../../shared/States.js';
import { ChangeDialog } from './ChangeDialog.js';
import { PlanCard, type PlanCardState } from './PlanCard.js';
import { bestSaving } from './prices.js';
import { Purchase } from './Purchase.js';

export function PlansTab() {
  const { texts, signedIn } = useBilling();
  const plans = usePlans();
  const fetched = useSubscription();
  const subscription = fetched.data;
  const [interval, setInterval] = useState<PlanInterval>();
  const [chosen, setChosen] = useState<Plan>();
  if (plans.data === undefined) return <MissingState title={texts.plans.loadError} of={plans} />;
  if (signedIn && subscription === undefined) return <MissingState title={texts.subscription.loadError} of={fetched} />;

  const shownInterval = interval ?? (subscription?.interval === 'year' ? 'year' : 'month');
  const close = () => setChosen(undefined);
  if (chosen !== undefined && canPurchase(subscription)) {
    return <Purchase plan={chosen} interval={shownInterval} onClose={close} />;
  }
  const obstacle = changeObstacle(subscription);
  return (
    <Stack gap="lg">
      <StaleState of={[plans, fetched]} />
      {obstacle === null ? null : (
        <Alert color="orange" variant="light">
          {
            {
              ending: texts.plans.cancelScheduled,
              paused: texts.plans.pausedChange,
              unpaid: texts.plans.cannotChange,
            }[obstacle]
          }
        </Alert>
      )}
      <IntervalSwitch plans={plans.data} interval={shownInterval} onChange={setInterval} />
      <SimpleGrid cols={{ base: 1, md: 3 }} spacing="lg">
        {plans.data.map((plan) => (
          <PlanCard
            key={plan.tier}
            plan={plan}
            interval={shownInterval}
            state={cardState(plan, shownInterval, subscription, signedIn, obstacle !== null)}
            onChoose={() => setChosen(plan)}
          />
        ))}
      </SimpleGrid>
      <TrialFooter subscription={subscription} />
      {subscription && chosen ? (
        <ChangeDialog subscription={subscription} plan={chosen} interval={shownInterval} onClose={close} />
      ) : null}
    </Stack>
  );
}

function cardState(
  { tier }: Plan,
  interval: PlanInterval,
  subscription: Subscription | null | undefined,
  signedIn: boolean,
  blocked: boolean,
): PlanCardState {
  if (!signedIn) return 'signed-out';
  if (isCurrent(subscription, { tier, interval })) return 'current';
  return blocked ? 'blocked' : 'open';
}

function IntervalSwitch(props: { plans: Plan[]; interval: PlanInterval; onChange: (interval: PlanInterval) => void }) {
  const { plans: texts } = useTexts();
  const saving = bestSaving(props.plans);
  return (
    <Group justify="center" gap="sm">
      <SegmentedControl
        aria-label={texts.interval}
        value={props.interval}
        onChange={(value) => props.onChange(value)}
        data={[
          { value: 'month', label: texts.monthly },
          { value: 'year', label: texts.annual },
        ]}
      />
      {saving > 0 ? (
        <Badge color="green" variant="light" size="lg" tt="none">
          {texts.saveUpTo(formatPercent(saving))}
        </Badge>
      ) : null}
    </Group>
  );
}

/** Promises a trial to those alone who can have one. */
function TrialFooter({ subscription }: { subscription: Subscription | null | undefined }) {
  const {
    signedIn,
    texts: { plans: texts },
  } = useBilling();
  const { data: config } = useConfig();
  const { data: customer } = useCustomer();
  const days = config?.trialDays ?? 0;
  // Without a customer there was no trial; while nobody knows, none is promised.
  const available = !signedIn || (customer !== undefined && (customer?.trialAvailable ?? true));
  const offered = days > 0 && available && (!signedIn || canPurchase(subscription));
  return (
    <Text ta="center" c="dimmed" size="sm">
      {offered ? texts.trialFooter(days) : texts.footer}
    </Text>
  );
}

import { Button, Card, Divider, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { type AddOn, type Subscription } from 'stripe-billing-client';
import { usePaymentMethods, usePlanName, usePlans } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { ActionFailure } from '../../shared/ActionFailure.js';
import { useBilling, useTexts } from '../../shared/billing-context.js';
import { cardName } from '../../shared/card-names.js';
import { daysUntil, formatAmount, formatDate, periodProgress } from '../../shared/format.js';
import { perPeriod } from '../../shared/periods.js';
import { SubscriptionBadge } from '../../shared/StatusBadge.js';
import { useNow } from '../../shared/use-now.js';
import { changeObstacle } from '../../data/subscription-rules.js';
import { addOnsFor } from '../plans/order.js';
import { CancelDialog } from './CancelDialog.js';
import { PartsDialog } from './PartsDialog.js';

/** The plan, when it is paid next, and what can be done with it. `order`: level of the heading. */
export function CurrentPlan({ subscription, order }: { subscription: Subscription; order: 2 | 3 }) {
  const texts = useTexts();
  const planName = usePlanName();
  return (
    <Card withBorder>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <div>
            <Text c="dimmed" size="sm">
              {texts.subscription.currentPlan}
            </Text>
            <Group gap="sm">
              <Title order={order} size="h3">
                {planName(subscription.tier)}
              </Title>
              <SubscriptionBadge status={subscription.status} />
            </Group>
            <SeatCount subscription={subscription} />
          </div>
          <Cost item={subscription} currency={subscription.currency} />
        </Group>
        <AddOns subscription={subscription} />
        <Period subscription={subscription} />
        <Divider />
        <PlanActions subscription={subscription} />
      </Stack>
    </Card>
  );
}

/** What an item costs, and how often; or that the invoice will tell. */
function Cost({ item, currency }: { item: Subscription | AddOn; currency: string }) {
  const texts = useTexts();
  const { amount, amountReason: reason } = item;
  if (amount === undefined) return <Text c="dimmed">{texts.subscription.amountUnknown[reason ?? 'unknown']}</Text>;
  return (
    <Text fw={600} size="lg">
      {formatAmount(amount, currency, { whole: true })}{' '}
      <Text span c="dimmed" size="sm">
        {perPeriod(item, texts)}
      </Text>
    </Text>
  );
}

/** How many seats a plan has that is sold by seats. */
function SeatCount({ subscription: { tier, quantity } }: { subscription: Subscription }) {
  const { parts: texts } = useTexts();
  const { data: plans = [] } = usePlans();
  if (plans.find((plan) => plan.tier === tier)?.seats === undefined) return null;
  return <Text>{texts.count(quantity)}</Text>;
}

/** What is billed beside the plan. */
function AddOns({ subscription: { addOns, currency } }: { subscription: Subscription }) {
  const { subscription: texts } = useTexts();
  const planName = usePlanName();
  return addOns.map((addOn) => (
    <Group key={addOn.price} justify="space-between">
      <div>
        <Text>
          {addOn.plan === undefined ? (addOn.name ?? texts.addOn) : planName(addOn.plan)}
          {addOn.quantity === undefined || addOn.quantity === 1 ? '' : ` × ${addOn.quantity}`}
        </Text>
        {addOn.restIsCredited ? (
          <Text size="sm" c="dimmed">
            {texts.restIsCredited}
          </Text>
        ) : null}
      </div>
      <Cost item={addOn} currency={currency} />
    </Group>
  ));
}

function Period({ subscription }: { subscription: Subscription }) {
  const texts = useTexts();
  const { data: methods } = usePaymentMethods();
  const card = methods?.find(({ isDefault }) => isDefault) ?? methods?.[0];
  const { currentPeriodStart: start, currentPeriodEnd: periodEnd, status } = subscription;
  const end = subscription.cancelAt ?? periodEnd;
  const trial = status === 'trialing';
  const label = subscription.cancelAtPeriodEnd
    ? texts.subscription.endsOn
    : trial
      ? texts.subscription.trialEnds
      : texts.subscription.nextBilling;
  const now = useNow();
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Fact label={label}>{formatDate(end)}</Fact>
        <Fact label={texts.subscription.paysWith}>
          {methods === undefined ? '–' : card === undefined ? texts.subscription.noCard : cardName(card, texts)}
        </Fact>
      </SimpleGrid>
      {start === undefined || end === undefined || now === undefined ? null : (
        <div>
          <Progress
            value={periodProgress(start, end, now)}
            aria-label={texts.subscription.periodProgress}
            color={status === 'past_due' ? 'red' : undefined}
          />
          <Text size="sm" c="dimmed" mt={4}>
            {texts.subscription.daysLeft(daysUntil(end, now))}
          </Text>
        </div>
      )}
      {subscription.coupon === undefined ? null : (
        <Text size="sm">{texts.subscription.discount(subscription.coupon)}</Text>
      )}
    </Stack>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text>{children}</Text>
    </div>
  );
}

function PlanActions({ subscription }: { subscription: Subscription }) {
  const { client, texts, showTab } = useBilling();
  const [cancelling, setCancelling] = useState(false);
  const [changing, setChanging] = useState(false);
  const { data: plans = [] } = usePlans();
  const plan = plans.find(({ tier }) => tier === subscription.tier);
  const offered = addOnsFor(plans, subscription.tier, subscription);
  const hasParts = plan !== undefined && (plan.seats !== undefined || offered.length > 0);
  const canChange = hasParts && changeObstacle(subscription) === null && subscription.status !== 'incomplete';
  const { title, titleSeats, titleAddOns } = texts.parts;
  const reactivate = useAction({
    run: (id: number, options) => client.reactivateSubscription(id, options),
    success: () => texts.subscription.reactivated,
    failure: texts.subscription.reactivateFailed,
  });
  return (
    <Group>
      <Button variant="default" onClick={() => showTab('plans')}>
        {texts.subscription.changePlan}
      </Button>
      {canChange ? (
        <Button variant="default" onClick={() => setChanging(true)}>
          {offered.length === 0 ? titleSeats : plan.seats === undefined ? titleAddOns : title}
        </Button>
      ) : null}
      {subscription.cancelAtPeriodEnd ? (
        <Button loading={reactivate.isRunning} onClick={() => void reactivate.start(subscription.id)}>
          {texts.subscription.reactivate}
        </Button>
      ) : (
        <Button variant="light" color="red" onClick={() => setCancelling(true)}>
          {texts.subscription.cancel}
        </Button>
      )}
      {cancelling ? <CancelDialog subscription={subscription} onClose={() => setCancelling(false)} /> : null}
      {changing && plan !== undefined ? (
        <PartsDialog subscription={subscription} plan={plan} offered={offered} onClose={() => setChanging(false)} />
      ) : null}
      <ActionFailure of={reactivate} />
    </Group>
  );
}

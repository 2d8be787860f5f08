import { Button, Card, Group, Stack, Title } from '@mantine/core';
import { type Plan } from 'stripe-billing-client';
import { titleOf } from '../../data/plan-groups.js';
import { useGroups, useInvoices, usePaymentMethods } from '../../data/queries.js';
import { useBilling } from '../../shared/billing-context.js';
import { EmptyState, ErrorState, MissingState, StaleState } from '../../shared/States.js';
import { InvoiceList } from '../invoices/InvoiceList.js';
import { CurrentPlan } from './CurrentPlan.js';
import { SubscriptionNotices } from './SubscriptionNotices.js';

const RECENT_INVOICES = 5;

export function SubscriptionTab() {
  const { texts } = useBilling();
  const groups = useGroups();
  const methods = usePaymentMethods();
  const invoices = useInvoices();
  const missing = groups.find(({ fetched }) => fetched.data === undefined);
  if (missing !== undefined) return <MissingState title={texts.subscription.loadError} of={missing.fetched} />;
  return (
    <Stack gap="lg">
      <StaleState of={[...groups.map(({ fetched }) => fetched), methods, invoices]} />
      {groups.map((group) => (
        <GroupSubscription key={group.key} group={group} isOnly={groups.length === 1} />
      ))}
      <RecentInvoices />
    </Stack>
  );
}

/** The subscription of a group, or what one has without it. */
function GroupSubscription({ group, isOnly }: { group: ReturnType<typeof useGroups>[number]; isOnly: boolean }) {
  const subscription = group.fetched.data;
  return (
    <Stack gap="sm" component="section" aria-label={isOnly ? undefined : titleOf(group.key)}>
      {isOnly ? null : (
        <Title order={2} size="h4">
          {titleOf(group.key)}
        </Title>
      )}
      {subscription ? (
        <>
          <SubscriptionNotices subscription={subscription} />
          <CurrentPlan subscription={subscription} order={isOnly ? 2 : 3} />
        </>
      ) : (
        <NoSubscription plans={group.plans} order={isOnly ? 2 : 3} />
      )}
    </Stack>
  );
}

function NoSubscription({ plans, order }: { plans: readonly Plan[]; order: 2 | 3 }) {
  const { texts, showTab } = useBilling();
  const name = plans.find((plan) => plan.default)?.name;
  const { none, noneHelp, byDefault, byDefaultHelp } = texts.subscription;
  return (
    <Card withBorder>
      <EmptyState
        order={order}
        title={name === undefined ? none : byDefault(name)}
        help={name === undefined ? noneHelp : byDefaultHelp}
      >
        <Button onClick={() => showTab('plans')}>{texts.subscription.viewPlans}</Button>
      </EmptyState>
    </Card>
  );
}

/** The newest invoices; nothing while there are none, or they are still on their way. */
function RecentInvoices() {
  const { texts, showTab } = useBilling();
  const { data, error, refetch } = useInvoices();
  if (data === undefined && error !== null)
    return <ErrorState title={texts.invoices.loadError} error={error} retry={refetch} />;
  const invoices = data?.pages[0]?.items.slice(0, RECENT_INVOICES) ?? [];
  if (invoices.length === 0) return null;
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {texts.subscription.recentInvoices}
        </Title>
        <Button variant="subtle" size="compact-sm" onClick={() => showTab('invoices')}>
          {texts.subscription.allInvoices}
        </Button>
      </Group>
      <InvoiceList invoices={invoices} label={texts.subscription.recentInvoices} />
    </Card>
  );
}

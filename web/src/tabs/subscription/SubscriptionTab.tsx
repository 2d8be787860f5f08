import { Button, Card, Group, Stack, Title } from '@mantine/core';
import { useInvoices, useSubscription } from '../../data/queries.js';
import { useBilling } from '../../shared/billing-context.js';
import { EmptyState, ErrorState, LoadingState } from '../../shared/States.js';
import { InvoiceList } from '../invoices/InvoiceList.js';
import { CurrentPlan } from './CurrentPlan.js';
import { SubscriptionNotices } from './SubscriptionNotices.js';

const RECENT_INVOICES = 5;

export function SubscriptionTab() {
  const { texts, showTab } = useBilling();
  const { data: subscription, error, isPending, refetch } = useSubscription();
  if (isPending) return <LoadingState />;
  if (error !== null) return <ErrorState title={texts.subscription.loadError} error={error} retry={refetch} />;
  return (
    <Stack gap="lg">
      {subscription === null ? (
        <Card withBorder>
          <EmptyState order={2} title={texts.subscription.none} help={texts.subscription.noneHelp}>
            <Button onClick={() => showTab('plans')}>{texts.subscription.viewPlans}</Button>
          </EmptyState>
        </Card>
      ) : (
        <>
          <SubscriptionNotices subscription={subscription} />
          <CurrentPlan subscription={subscription} />
        </>
      )}
      <RecentInvoices />
    </Stack>
  );
}

/** The newest invoices; nothing while there are none. */
function RecentInvoices() {
  const { texts, showTab } = useBilling();
  const { data } = useInvoices();
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

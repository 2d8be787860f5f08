import { Button, Card, Group, Stack, Title } from '@mantine/core';
import { useInvoices, usePaymentMethods, useSubscription } from '../../data/queries.js';
import { useBilling } from '../../shared/billing-context.js';
import { EmptyState, ErrorState, MissingState, StaleState } from '../../shared/States.js';
import { InvoiceList } from '../invoices/InvoiceList.js';
import { CurrentPlan } from './CurrentPlan.js';
import { SubscriptionNotices } from './SubscriptionNotices.js';

const RECENT_INVOICES = 5;

export function SubscriptionTab() {
  const { texts, showTab } = useBilling();
  const fetched = useSubscription();
  const methods = usePaymentMethods();
  const invoices = useInvoices();
  const subscription = fetched.data;
  if (subscription === undefined) return <MissingState title={texts.subscription.loadError} of={fetched} />;
  return (
    <Stack gap="lg">
      <StaleState of={[fetched, methods, invoices]} />
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

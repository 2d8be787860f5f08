import { Button, Card, Group, Title } from '@mantine/core';
import { useInvoices } from '../../data/queries.js';
import { useTexts } from '../../shared/billing-context.js';
import { EmptyState, ErrorState, LoadingState } from '../../shared/States.js';
import { InvoiceList } from './InvoiceList.js';

export function InvoicesTab() {
  const texts = useTexts();
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInvoices();
  if (isPending) return <LoadingState rows={5} />;
  if (error !== null && data === undefined) {
    return <ErrorState title={texts.invoices.loadError} error={error} retry={refetch} />;
  }
  const invoices = data.pages.flatMap(({ items }) => items);
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {texts.invoices.title}
      </Title>
      {invoices.length === 0 ? (
        <EmptyState title={texts.invoices.none} help={texts.invoices.noneHelp} />
      ) : (
        <InvoiceList invoices={invoices} label={texts.invoices.title} />
      )}
      {error === null ? null : <ErrorState title={texts.invoices.loadError} error={error} retry={fetchNextPage} />}
      {hasNextPage ? (
        <Group justify="center" mt="md">
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {texts.invoices.more}
          </Button>
        </Group>
      ) : null}
    </Card>
  );
}

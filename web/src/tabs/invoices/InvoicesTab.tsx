import { Button, Card, Group, Title } from '@mantine/core';
import { useInvoices } from '../../data/queries.js';
import { useTexts } from '../../shared/billing-context.js';
import { EmptyState, ErrorState, MissingState, StaleState } from '../../shared/States.js';
import { InvoiceList } from './InvoiceList.js';

export function InvoicesTab() {
  const texts = useTexts();
  const fetched = useInvoices();
  const { data, error, isFetchNextPageError, isFetchingNextPage, hasNextPage, fetchNextPage } = fetched;
  if (data === undefined) return <MissingState title={texts.invoices.loadError} of={fetched} rows={5} />;
  const invoices = data.pages.flatMap(({ items }) => items);
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {texts.invoices.title}
      </Title>
      {isFetchNextPageError ? null : <StaleState of={[fetched]} />}
      {invoices.length === 0 ? (
        <EmptyState title={texts.invoices.none} help={texts.invoices.noneHelp} />
      ) : (
        <InvoiceList invoices={invoices} label={texts.invoices.title} />
      )}
      {isFetchNextPageError ? (
        <ErrorState title={texts.invoices.loadError} error={error} retry={fetchNextPage} />
      ) : null}
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

import { Card, Group, Stack, Table, Text, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type Invoice } from 'stripe-billing-client';
import { useTexts } from '../../shared/billing-context.js';
import { ExternalLink } from '../../shared/ExternalLink.js';
import { formatAmount, formatShortDate } from '../../shared/format.js';
import { InvoiceBadge } from '../../shared/StatusBadge.js';

/** Invoices as a table, or one below the other where a table has no room. */
export function InvoiceList({ invoices, label }: { invoices: readonly Invoice[]; label: string }) {
  const texts = useTexts();
  const narrow = useMediaQuery('(max-width: 40em)', undefined, { getInitialValueInEffect: false });
  if (narrow) return <NarrowList invoices={invoices} label={label} />;
  return (
    <Table verticalSpacing="sm" aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.invoices.number}</Table.Th>
          <Table.Th>{texts.invoices.date}</Table.Th>
          <Table.Th ta="right">{texts.invoices.amount}</Table.Th>
          <Table.Th>{texts.invoices.status}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{texts.invoices.documents}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {invoices.map((invoice) => (
          <Table.Tr key={invoice.id}>
            <Table.Td>{invoice.number ?? texts.invoices.draft}</Table.Td>
            <Table.Td>{formatShortDate(invoice.created)}</Table.Td>
            <Table.Td ta="right">{formatAmount(invoice.amountDue, invoice.currency)}</Table.Td>
            <Table.Td>
              <InvoiceBadge status={invoice.status} />
            </Table.Td>
            <Table.Td>
              <Documents invoice={invoice} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function NarrowList({ invoices, label }: { invoices: readonly Invoice[]; label: string }) {
  const texts = useTexts();
  return (
    <Stack component="ul" gap="sm" p={0} m={0} aria-label={label} style={{ listStyle: 'none' }}>
      {invoices.map((invoice) => (
        <Card component="li" key={invoice.id} withBorder padding="sm">
          <Group justify="space-between" gap="xs">
            <Text fw={500}>{invoice.number ?? texts.invoices.draft}</Text>
            <InvoiceBadge status={invoice.status} />
          </Group>
          <Group justify="space-between" gap="xs" mt={4}>
            <Text size="sm" c="dimmed">
              {formatShortDate(invoice.created)}
            </Text>
            <Text fw={600}>{formatAmount(invoice.amountDue, invoice.currency)}</Text>
          </Group>
          <Documents invoice={invoice} />
        </Card>
      ))}
    </Stack>
  );
}

function Documents({ invoice }: { invoice: Invoice }) {
  const texts = useTexts();
  const name = invoice.number ?? String(invoice.id);
  return (
    <Group justify="flex-end" gap="xs" wrap="nowrap">
      {invoice.status === 'open' && invoice.hostedUrl !== undefined ? (
        <ExternalLink href={invoice.hostedUrl} size="compact-sm">
          {texts.invoices.pay}
          <VisuallyHidden>{` ${texts.invoices.pdfOf(name)}`}</VisuallyHidden>
        </ExternalLink>
      ) : null}
      {invoice.pdf === undefined ? null : (
        <ExternalLink href={invoice.pdf} size="compact-sm" variant="default">
          {texts.invoices.pdf}
          <VisuallyHidden>{` ${texts.invoices.pdfOf(name)}`}</VisuallyHidden>
        </ExternalLink>
      )}
    </Group>
  );
}

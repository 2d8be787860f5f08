import { Badge, type BadgeProps } from '@mantine/core';
import { type InvoiceStatus, type SubscriptionStatus } from 'stripe-billing-client';
import { useTexts } from './billing-context.js';

const SUBSCRIPTION_COLORS: Record<SubscriptionStatus, string> = {
  active: 'green',
  trialing: 'blue',
  canceled: 'gray',
  past_due: 'red',
  unpaid: 'red',
  incomplete: 'orange',
  incomplete_expired: 'gray',
  paused: 'orange',
};

const INVOICE_COLORS: Record<InvoiceStatus, string> = {
  paid: 'green',
  open: 'orange',
  draft: 'gray',
  void: 'gray',
  uncollectible: 'red',
};

export function SubscriptionBadge({ status, ...props }: { status: SubscriptionStatus } & BadgeProps) {
  const texts = useTexts();
  return (
    <Badge color={SUBSCRIPTION_COLORS[status]} variant="light" {...props}>
      {texts.status[status]}
    </Badge>
  );
}

export function InvoiceBadge({ status }: { status: InvoiceStatus }) {
  const texts = useTexts();
  return (
    <Badge color={INVOICE_COLORS[status]} variant="light">
      {texts.invoices.statusName[status]}
    </Badge>
  );
}

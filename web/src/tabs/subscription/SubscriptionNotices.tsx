import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { type ReactNode } from 'react';
import { type Subscription } from 'stripe-billing-client';
import { useInvoices, usePaymentMethods } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { useBilling, useTexts } from '../../shared/billing-context.js';
import { ExternalLink } from '../../shared/ExternalLink.js';
import { formatAmount, formatDate } from '../../shared/format.js';

/** What the subscriber should know, each with the way out. */
export function SubscriptionNotices({ subscription }: { subscription: Subscription }) {
  const { status } = subscription;
  return (
    <Stack gap="sm" className="notices">
      {status === 'past_due' || status === 'unpaid' ? <PastDue /> : null}
      {status === 'incomplete' ? <Incomplete /> : null}
      {status === 'paused' ? <Paused /> : null}
      {subscription.cancelAtPeriodEnd ? <Ending subscription={subscription} /> : null}
      {status === 'trialing' && !subscription.cancelAtPeriodEnd ? <Trial subscription={subscription} /> : null}
      {subscription.scheduledChange === undefined ? null : <ScheduledChange subscription={subscription} />}
    </Stack>
  );
}

function Notice(props: { color: string; title: string; text: string; children?: ReactNode }) {
  return (
    <Alert color={props.color} variant="light" title={props.title}>
      <Text size="sm">{props.text}</Text>
      {props.children === undefined ? null : <Group mt="sm">{props.children}</Group>}
    </Alert>
  );
}

/** The open invoice, newest first. */
function useOpenInvoice() {
  const { data } = useInvoices();
  return data?.pages.flatMap(({ items }) => items).find(({ status }) => status === 'open');
}

function PastDue() {
  const { texts, showTab } = useBilling();
  const invoice = useOpenInvoice();
  const text =
    invoice === undefined
      ? texts.subscription.pastDueNoInvoice
      : texts.subscription.pastDueText(formatAmount(invoice.amountRemaining, invoice.currency));
  return (
    <Notice color="red" title={texts.subscription.pastDueTitle} text={text}>
      {invoice?.hostedUrl === undefined ? null : (
        <ExternalLink href={invoice.hostedUrl} color="red.9">
          {texts.subscription.payInvoice}
        </ExternalLink>
      )}
      <Button variant="default" onClick={() => showTab('payment-methods')}>
        {texts.subscription.useOtherCard}
      </Button>
    </Notice>
  );
}

function Incomplete() {
  const { texts, showTab } = useBilling();
  const invoice = useOpenInvoice();
  return (
    <Notice color="orange" title={texts.subscription.incompleteTitle} text={texts.subscription.incompleteText}>
      {invoice?.hostedUrl === undefined ? null : (
        <ExternalLink href={invoice.hostedUrl}>{texts.subscription.finishPayment}</ExternalLink>
      )}
      <Button variant="default" onClick={() => showTab('plans')}>
        {texts.subscription.viewPlans}
      </Button>
    </Notice>
  );
}

function Paused() {
  const { texts, showTab } = useBilling();
  return (
    <Notice color="orange" title={texts.subscription.pausedTitle} text={texts.subscription.pausedText}>
      <Button onClick={() => showTab('payment-methods')}>{texts.subscription.addCard}</Button>
    </Notice>
  );
}

function Ending({ subscription }: { subscription: Subscription }) {
  const texts = useTexts();
  const end = formatDate(subscription.cancelAt ?? subscription.currentPeriodEnd);
  return <Notice color="orange" title={texts.subscription.cancelTitle} text={texts.subscription.cancelText(end)} />;
}

function Trial({ subscription }: { subscription: Subscription }) {
  const { texts, showTab } = useBilling();
  const { data: methods } = usePaymentMethods();
  const end = formatDate(subscription.trialEnd);
  if (methods?.length === 0) {
    return (
      <Notice color="blue" title={texts.subscription.trialTitle} text={texts.subscription.trialNoCard(end)}>
        <Button onClick={() => showTab('payment-methods')}>{texts.subscription.addCard}</Button>
      </Notice>
    );
  }
  const { amount, currency } = subscription;
  const text =
    amount === undefined
      ? texts.subscription.trialTextNoAmount(end)
      : texts.subscription.trialText(end, formatAmount(amount, currency));
  return <Notice color="blue" title={texts.subscription.trialTitle} text={text} />;
}

function ScheduledChange({ subscription }: { subscription: Subscription }) {
  const { client, texts } = useBilling();
  const { tier, interval, scheduledChange } = subscription;
  const keep = useAction({
    run: (id: number, options) =>
      // Asking for the plan that one has drops the change that waits.
      client.updateSubscription(id, { tier: tier as 'starter', interval: interval as 'month' }, options),
    success: () => texts.subscription.keptPlan,
    failure: texts.subscription.keepPlanFailed,
  });
  if (scheduledChange === undefined) return null;
  const text = texts.subscription.scheduledText(
    texts.common.tierName[scheduledChange.tier],
    texts.common.intervalName[scheduledChange.interval],
    formatDate(scheduledChange.at),
  );
  return (
    <Notice color="blue" title={texts.subscription.scheduledTitle} text={text}>
      <Button variant="default" loading={keep.isRunning} onClick={() => void keep.start(subscription.id)}>
        {texts.subscription.keepPlan}
      </Button>
    </Notice>
  );
}

import { Button, Stack } from '@mantine/core';
import { type Subscription } from 'stripe-billing-client';
import { useInvoices, usePaymentMethods, usePlanName } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { useBilling, useTexts } from '../../shared/billing-context.js';
import { ExternalLink } from '../../shared/ExternalLink.js';
import { formatAmount, formatDate } from '../../shared/format.js';
import { isChosen } from '../../data/subscription-rules.js';
import { periodName } from '../../shared/periods.js';
import { type Texts } from '../../texts/en.js';
import { addOnsOf } from './PartsDialog.js';
import { Notice } from './Notice.js';
import { PastDue, Paused, PendingChange } from './PaymentNotices.js';

/** What the subscriber should know, each with the way out. */
export function SubscriptionNotices({ subscription }: { subscription: Subscription }) {
  const { status } = subscription;
  return (
    <Stack gap="sm" className="notices">
      {status === 'past_due' || status === 'unpaid' ? <PastDue subscription={subscription} /> : null}
      {subscription.pendingChange === undefined ? null : <PendingChange subscription={subscription} />}
      {status === 'incomplete' ? <Incomplete subscription={subscription} /> : null}
      {status === 'paused' ? <Paused subscription={subscription} /> : null}
      {subscription.cancelAtPeriodEnd ? <Ending subscription={subscription} /> : null}
      {status === 'trialing' && !subscription.cancelAtPeriodEnd ? <Trial subscription={subscription} /> : null}
      {subscription.scheduledChange === undefined ? null : <ScheduledChange subscription={subscription} />}
    </Stack>
  );
}

/** The newest open invoice of a subscription. */
function useOpenInvoice({ id }: Subscription) {
  const { data } = useInvoices();
  return data?.pages
    .flatMap(({ items }) => items)
    .find((invoice) => invoice.status === 'open' && invoice.subscriptionId === id);
}

function Incomplete({ subscription }: { subscription: Subscription }) {
  const { texts, showTab } = useBilling();
  const invoice = useOpenInvoice(subscription);
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

function Ending({ subscription }: { subscription: Subscription }) {
  const texts = useTexts();
  const end = formatDate(subscription.cancelAt ?? subscription.currentPeriodEnd);
  const text = texts.subscription.cancelText(end, subscription.cancellationReason);
  return <Notice color="orange" title={texts.subscription.cancelTitle} text={text} />;
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

/** What of seats and add-ons a change leads to. */
function partsOf(
  { quantity, addOns }: NonNullable<Subscription['scheduledChange']>,
  present: Subscription,
  planName: (tier: string) => string,
  { parts, subscription }: Texts,
): string {
  const names = addOns.map((one) =>
    one.quantity === 1 ? planName(one.plan) : `${planName(one.plan)} × ${one.quantity}`,
  );
  return [
    ...(quantity === present.quantity ? [] : [parts.count(quantity)]),
    ...(names.length > 0 ? names : addOnsOf(present).length > 0 ? [subscription.noAddOns] : []),
  ].join(', ');
}

function ScheduledChange({ subscription }: { subscription: Subscription }) {
  const { client, texts } = useBilling();
  const planName = usePlanName();
  const { scheduledChange } = subscription;
  const keep = useAction({
    run: (id: number, options) => client.dropScheduledChange(id, options),
    success: () => texts.subscription.keptPlan,
    failure: texts.subscription.keepPlanFailed,
  });
  if (scheduledChange === undefined) return null;
  const date = formatDate(scheduledChange.at);
  const text = isChosen(subscription, scheduledChange)
    ? texts.subscription.scheduledParts(partsOf(scheduledChange, subscription, planName, texts), date)
    : texts.subscription.scheduledText(planName(scheduledChange.tier), periodName(scheduledChange, texts), date);
  return (
    <Notice color="blue" title={texts.subscription.scheduledTitle} text={text} action={keep}>
      <Button variant="default" loading={keep.isRunning} onClick={() => void keep.start(subscription.id)}>
        {texts.subscription.keepPlan}
      </Button>
    </Notice>
  );
}

import { Button } from '@mantine/core';
import { type Subscription } from 'stripe-billing-client';
import { useConfig, useGroupOf, useInvoices, usePaymentMethods, usePlanName } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { useBilling } from '../../shared/billing-context.js';
import { ExternalLink } from '../../shared/ExternalLink.js';
import { formatAmount, formatDate } from '../../shared/format.js';
import { periodName } from '../../shared/periods.js';
import { confirmPayment, untilServerShows } from '../plans/confirm-payment.js';
import { Notice } from './Notice.js';

type Payable = Awaited<ReturnType<ReturnType<typeof useBilling>['client']['resumeSubscription']>>;
type Answer = Pick<Payable, 'requiresAction' | 'clientSecret'>;

/** Lets the bank confirm a payment in the page, where it asks for that. Without Stripe.js the link of the notice leads there. */
function useConfirmation({ tier }: Subscription) {
  const { client } = useBilling();
  const { data: config } = useConfig();
  const group = useGroupOf(tier);
  return async ({ requiresAction, clientSecret }: Answer): Promise<boolean> => {
    if (!requiresAction) return true;
    if (clientSecret === undefined || config?.sandbox !== false) return false;
    await confirmPayment(config.publishableKey, clientSecret);
    const shown = await untilServerShows(client, ({ status }) => status === 'active', group);
    return shown?.status === 'active';
  };
}

export function PastDue({ subscription }: { subscription: Subscription }) {
  const { client, texts, showTab } = useBilling();
  const { data: invoices } = useInvoices();
  const { data: methods = [] } = usePaymentMethods();
  const confirm = useConfirmation(subscription);
  const pay = useAction({
    run: async (id: number, options) => confirm(await client.payInvoice(id, {}, options)),
    success: (paid) => (paid ? texts.subscription.paid : undefined),
    failure: texts.subscription.payFailed,
  });
  const { code, payUrl, invoiceId, nextAttemptAt } = subscription.paymentProblem ?? {};
  const invoice = invoices?.pages.flatMap(({ items }) => items).find(({ id }) => id === invoiceId);
  const amount = invoice && formatAmount(invoice.amountRemaining, invoice.currency);
  const confirms = code === 'authentication_required';
  const sentences = [
    confirms ? texts.subscription.pastDueConfirm(amount) : texts.subscription.pastDueText(amount),
    nextAttemptAt === undefined ? '' : texts.subscription.nextAttempt(formatDate(nextAttemptAt)),
  ];
  return (
    <Notice color="red" title={texts.subscription.pastDueTitle} text={sentences.join(' ').trim()} action={pay}>
      {invoiceId === undefined || methods.length === 0 || confirms ? null : (
        <Button color="red.9" loading={pay.isRunning} onClick={() => void pay.start(invoiceId)}>
          {texts.subscription.payNow}
        </Button>
      )}
      {payUrl === undefined ? null : (
        <ExternalLink href={payUrl} {...(confirms ? { color: 'red.9' } : { variant: 'default' })}>
          {confirms ? texts.subscription.confirmPayment : texts.subscription.payInvoice}
        </ExternalLink>
      )}
      <Button variant="default" onClick={() => showTab('payment-methods')}>
        {texts.subscription.useOtherCard}
      </Button>
    </Notice>
  );
}

export function Paused({ subscription }: { subscription: Subscription }) {
  const { client, texts, showTab } = useBilling();
  const { data: methods } = usePaymentMethods();
  const confirm = useConfirmation(subscription);
  const resume = useAction({
    run: async (id: number, options) => confirm(await client.resumeSubscription(id, options)),
    success: (resumed) => (resumed ? texts.subscription.resumed : undefined),
    failure: texts.subscription.resumeFailed,
  });
  const { code, payUrl } = subscription.paymentProblem ?? {};
  if (payUrl !== undefined) {
    const confirms = code === 'authentication_required';
    const text = confirms ? texts.subscription.pausedConfirm : texts.subscription.pausedUnpaid;
    return (
      <Notice color="orange" title={texts.subscription.pausedTitle} text={text}>
        <ExternalLink href={payUrl}>
          {confirms ? texts.subscription.confirmPayment : texts.subscription.payInvoice}
        </ExternalLink>
      </Notice>
    );
  }
  if (methods?.length === 0) {
    return (
      <Notice color="orange" title={texts.subscription.pausedTitle} text={texts.subscription.pausedNoCard}>
        <Button onClick={() => showTab('payment-methods')}>{texts.subscription.addCard}</Button>
      </Notice>
    );
  }
  return (
    <Notice color="orange" title={texts.subscription.pausedTitle} text={texts.subscription.pausedText} action={resume}>
      <Button loading={resume.isRunning} onClick={() => void resume.start(subscription.id)}>
        {texts.subscription.resume}
      </Button>
    </Notice>
  );
}

/** An upgrade that the bank wants confirmed. */
export function PendingChange({ subscription }: { subscription: Subscription }) {
  const { texts } = useBilling();
  const planName = usePlanName();
  const { pendingChange: change } = subscription;
  if (change === undefined) return null;
  const text = texts.subscription.pendingText(planName(change.tier), periodName(change, texts));
  return (
    <Notice color="orange" title={texts.subscription.pendingTitle} text={text}>
      {change.paymentUrl === undefined ? null : (
        <ExternalLink href={change.paymentUrl}>{texts.subscription.confirmPayment}</ExternalLink>
      )}
    </Notice>
  );
}

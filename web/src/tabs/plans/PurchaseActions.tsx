import { Button, Stack, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { type Subscription, type SubscriptionCreate, type SubscriptionResult } from 'stripe-billing-client';
import { rememberGroup } from '../../data/checkout-group.js';
import { useConfig } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { ActionFailure } from '../../shared/ActionFailure.js';
import { useBilling } from '../../shared/billing-context.js';
import { formatAmount } from '../../shared/format.js';
import { LoadingState } from '../../shared/States.js';
import { confirmPayment, untilServerShows } from './confirm-payment.js';
import { type Order, type PayWith } from './Purchase.js';

const StripeCardForm = lazy(() => import('../../shared/StripeCardForm.js'));

interface PurchaseActionsProps {
  order: Order;
  payWith: PayWith;
  onClose: () => void;
}

/** The buttons of a purchase: what they do depends on the card and on the trial. */
export function PurchaseActions({ order, payWith, onClose }: PurchaseActionsProps) {
  const { client, redirect, showTab, texts } = useBilling();
  const { data: config } = useConfig();
  const { plan, price, group, quantity, addOns, total, trialDays, coupon } = order;
  const what = {
    tier: plan.tier,
    interval: price.interval,
    intervalCount: price.intervalCount,
    currency: price.currency,
    ...(quantity === undefined ? {} : { quantity }),
    ...(addOns.length === 0 ? {} : { addOns: [...addOns] }),
    ...(trialDays > 0 ? { trialDays } : {}),
    ...(coupon === '' ? {} : { couponCode: coupon }),
  };
  const buy = useAction({
    run: async (data: SubscriptionCreate, options): Promise<SubscriptionResult> => {
      const result = await client.createSubscription(data, options);
      if (!result.requiresAction || result.clientSecret === undefined || config?.sandbox !== false) return result;
      await confirmPayment(config.publishableKey, result.clientSecret);
      const isPaid = ({ status }: Subscription) => status === 'active' || status === 'trialing';
      const shown = await untilServerShows(client, isPaid, group);
      if (shown === null || !isPaid(shown)) throw new Error(texts.purchase.notConfirmedHelp);
      return { ...result, ...shown, requiresAction: false };
    },
    success: ({ requiresAction }) => (requiresAction ? undefined : texts.purchase.done),
    failure: texts.purchase.failed,
    onDone: () => {
      onClose();
      // A payment that is not finished is shown there, with the way to it.
      showTab('subscription');
    },
  });
  const checkout = useAction({
    run: (data: SubscriptionCreate, options) => client.createCheckoutSession(data, options),
    success: () => undefined,
    failure: texts.purchase.checkoutFailed,
    onDone: ({ id, url }) => {
      rememberGroup(id, group);
      redirect(url);
    },
  });
  const busy = buy.isRunning || checkout.isRunning;
  // What a coupon takes off is known only once it is bought.
  const subscribeLabel =
    coupon === '' ? texts.purchase.subscribe(formatAmount(total, price.currency)) : texts.purchase.subscribeOnly;

  if (payWith === 'form' && config?.publishableKey !== undefined) {
    return (
      <Suspense fallback={<LoadingState rows={1} />}>
        <StripeCardForm
          publishableKey={config.publishableKey}
          label={trialDays > 0 ? texts.purchase.startTrial : subscribeLabel}
          onConfirmed={(paymentMethodId) => buy.start({ ...what, paymentMethodId })}
        />
        <ActionFailure of={buy} />
      </Suspense>
    );
  }
  if (typeof payWith === 'number') {
    return (
      <>
        <Button
          loading={buy.isRunning}
          disabled={busy}
          onClick={() => void buy.start({ ...what, paymentMethodId: payWith })}
        >
          {trialDays > 0 ? texts.purchase.startTrial : subscribeLabel}
        </Button>
        <ActionFailure of={buy} />
      </>
    );
  }
  return (
    <Stack gap="xs">
      {trialDays > 0 ? (
        <>
          <Button loading={buy.isRunning} disabled={busy} onClick={() => void buy.start(what)}>
            {texts.purchase.startTrial}
          </Button>
          <Text size="sm" c="dimmed">
            {texts.purchase.startTrialHelp}
          </Text>
        </>
      ) : null}
      <Button
        variant={trialDays > 0 ? 'default' : 'filled'}
        loading={checkout.isRunning}
        disabled={busy}
        onClick={() => void checkout.start(what)}
      >
        {texts.purchase.checkout}
      </Button>
      <Text size="sm" c="dimmed">
        {checkout.isRunning ? texts.purchase.redirecting : texts.purchase.checkoutHelp}
      </Text>
      <ActionFailure of={buy} />
      <ActionFailure of={checkout} />
    </Stack>
  );
}

import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { type AddOnChoice, type Plan, type Subscription, type SubscriptionResult } from 'stripe-billing-client';
import { useConfig, useGroupOf } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { ActionFailure } from '../../shared/ActionFailure.js';
import { useBilling } from '../../shared/billing-context.js';
import { formatAmount, formatDate } from '../../shared/format.js';
import { perPeriod } from '../../shared/periods.js';
import { confirmPayment, untilServerShows } from '../plans/confirm-payment.js';
import { linesOf, type OfferedAddOn, totalOf } from '../plans/order.js';
import { PartsChoice } from '../plans/PartsChoice.js';
import { shownPrice } from '../plans/prices.js';

interface PartsDialogProps {
  subscription: Subscription;
  plan: Plan;
  offered: readonly OfferedAddOn[];
  onClose: () => void;
}

/** The add-ons of the catalogue that a subscription has. */
export function addOnsOf({ addOns }: Subscription): AddOnChoice[] {
  return addOns.flatMap(({ plan, quantity = 1 }) => (plan === undefined ? [] : [{ plan, quantity }]));
}

/** Changes the seats and the add-ons of a plan that stays. */
export function PartsDialog({ subscription, plan, offered, onClose }: PartsDialogProps) {
  const { client, texts } = useBilling();
  const { data: config } = useConfig();
  const group = useGroupOf(subscription.tier);
  const present = addOnsOf(subscription);
  const [quantity, setQuantity] = useState(plan.seats === undefined ? undefined : subscription.quantity);
  const [addOns, setAddOns] = useState(present);
  const text = (choices: readonly AddOnChoice[]) =>
    choices
      .map((one) => `${one.plan} ${one.quantity}`)
      .sort()
      .join();
  const changesSeats = quantity !== undefined && quantity !== subscription.quantity;
  const changesAddOns = text(addOns) !== text(present);
  const isFewer =
    (quantity ?? 0) < (plan.seats === undefined ? 0 : subscription.quantity) ||
    present.some((had) => !addOns.some(({ plan: tier }) => tier === had.plan));
  const change = useAction({
    run: async (_: Record<string, never>, options): Promise<SubscriptionResult> => {
      const data = { ...(changesSeats ? { quantity } : {}), ...(changesAddOns ? { addOns } : {}) };
      const result = await client.updateSubscription(subscription.id, data, options);
      if (!result.requiresAction || result.clientSecret === undefined || config?.sandbox !== false) return result;
      await confirmPayment(config.publishableKey, result.clientSecret);
      const shown = await untilServerShows(client, (now) => now.pendingChange === undefined, group);
      if (shown === null || shown.pendingChange !== undefined) throw new Error(texts.purchase.notConfirmedHelp);
      return { ...result, ...shown, requiresAction: false };
    },
    success: (result) => {
      if (result.requiresAction) return undefined;
      return result.billedWithNextInvoice ? texts.parts.doneLater : texts.parts.done;
    },
    failure: texts.parts.failed,
    onDone: onClose,
  });
  const price = shownPrice(plan, subscription);
  const total =
    price === undefined ? 0 : totalOf(linesOf({ plan, price, quantity, addOns }, offered, subscription.currency));
  return (
    <Modal
      opened
      onClose={() => (change.isRunning ? undefined : onClose())}
      title={texts.parts.title}
      closeButtonProps={{ 'aria-label': texts.common.close }}
    >
      <Stack>
        <PartsChoice
          plan={plan}
          quantity={quantity}
          addOns={addOns}
          offered={offered}
          currency={subscription.currency}
          onQuantity={setQuantity}
          onAddOns={setAddOns}
        />
        {price === undefined ? null : (
          <Text fw={600}>
            {texts.change.price(formatAmount(total, subscription.currency), perPeriod(subscription, texts))}
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {texts.parts.more}
          {isFewer ? ` ${texts.parts.fewer(formatDate(subscription.currentPeriodEnd))}` : ''}
        </Text>
        <ActionFailure of={change} />
        <Group justify="flex-end">
          <Button variant="default" disabled={change.isRunning} onClick={onClose}>
            {texts.parts.keep}
          </Button>
          <Button
            loading={change.isRunning}
            disabled={!changesSeats && !changesAddOns}
            onClick={() => void change.start({})}
          >
            {texts.change.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

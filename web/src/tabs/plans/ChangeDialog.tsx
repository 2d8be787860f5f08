import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import {
  type Plan,
  type PlanPrice,
  type Subscription,
  type SubscriptionResult,
  type SubscriptionUpdate,
} from 'stripe-billing-client';
import { changeKind, isChosen } from '../../data/subscription-rules.js';
import { useConfig, usePlanName, usePlans } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { ActionFailure } from '../../shared/ActionFailure.js';
import { DroppedChanges } from '../../shared/DroppedChanges.js';
import { useBilling } from '../../shared/billing-context.js';
import { formatAmount, formatDate } from '../../shared/format.js';
import { perPeriod } from '../../shared/periods.js';
import { confirmPayment, untilServerShows } from './confirm-payment.js';
import { addOnsOf } from '../subscription/PartsDialog.js';
import { addOnsFor, linesOf, seatsWithin, totalOf } from './order.js';
import { PartsChoice } from './PartsChoice.js';
import { amountOf } from './prices.js';

type Moment = 'period_end' | 'now';

interface ChangeDialogProps {
  subscription: Subscription;
  plan: Plan;
  price: PlanPrice;
  /** How the subscription is asked for. */
  group: string | undefined;
  onClose: () => void;
}

/** Confirms a change of plan with its price and its date. */
export function ChangeDialog({ subscription, plan, price, group, onClose }: ChangeDialogProps) {
  const { client, showTab, texts } = useBilling();
  const { data: config } = useConfig();
  const planName = usePlanName();
  const [when, setWhen] = useState<Moment>('period_end');
  const { data: plans = [] } = usePlans();
  const { interval, intervalCount } = price;
  const choice = { tier: plan.tier, interval, intervalCount };
  const kind = changeKind(subscription, choice, plans);
  const { currency } = amountOf(price, subscription.currency);
  const offered = addOnsFor(plans, plan.tier, price);
  const present = addOnsOf(subscription);
  const kept = present.filter((had) => offered.some(({ addOn }) => addOn.tier === had.plan));
  const dropped = present.filter((had) => !kept.includes(had));
  const [quantity, setQuantity] = useState(seatsWithin(plan, subscription.quantity));
  const amount = totalOf(linesOf({ plan, price, quantity, addOns: kept }, offered, subscription.currency));
  const parts = {
    ...(quantity === undefined || quantity === subscription.quantity ? {} : { quantity }),
    ...(dropped.length === 0 ? {} : { addOns: kept }),
  };
  const end = formatDate(subscription.currentPeriodEnd);

  const success = (result: SubscriptionResult): string | undefined => {
    if (result.requiresAction) return undefined;
    return isChosen(result, choice)
      ? texts.change.done(plan.name)
      : texts.change.scheduled(plan.name, formatDate(result.scheduledChange?.at));
  };
  const change = useAction({
    run: async (data: SubscriptionUpdate, options): Promise<SubscriptionResult> => {
      const result = await client.updateSubscription(subscription.id, data, options);
      if (!result.requiresAction || result.clientSecret === undefined || config?.sandbox !== false) return result;
      await confirmPayment(config.publishableKey, result.clientSecret);
      const shown = await untilServerShows(client, (now) => isChosen(now, choice), group);
      if (shown === null || !isChosen(shown, choice)) throw new Error(texts.purchase.notConfirmedHelp);
      return { ...result, ...shown, requiresAction: false };
    },
    success,
    failure: texts.change.failed,
    onDone: () => {
      onClose();
      // A change that waits for its confirmation is shown there, with the way to it.
      showTab('subscription');
    },
  });
  return (
    <Modal
      opened
      onClose={() => (change.isRunning ? undefined : onClose())}
      title={texts.change.title(plan.name)}
      closeButtonProps={{ 'aria-label': texts.common.close }}
    >
      <Stack>
        <PartsChoice
          plan={plan}
          quantity={quantity}
          addOns={kept}
          offered={[]}
          currency={currency}
          onQuantity={setQuantity}
          onAddOns={() => undefined}
        />
        {dropped.length === 0 ? null : (
          <Text>{texts.parts.dropped(dropped.map(({ plan: tier }) => planName(tier)).join(', '))}</Text>
        )}
        <Text fw={600}>{texts.change.price(formatAmount(amount, currency), perPeriod(price, texts))}</Text>
        {kind === 'downgrade' ? (
          <Radio.Group label={texts.change.when} value={when} onChange={(value) => setWhen(value)}>
            <Stack gap="xs" mt="xs">
              <Radio value="period_end" label={texts.change.atPeriodEnd(end)} />
              <Radio value="now" label={texts.change.now} />
            </Stack>
          </Radio.Group>
        ) : (
          <Text>{kind === 'trial' ? texts.change.trial : texts.change.upgrade}</Text>
        )}
        <DroppedChanges subscription={subscription} chosen={choice} />
        <ActionFailure of={change} />
        <Group justify="flex-end">
          <Button variant="default" disabled={change.isRunning} onClick={onClose}>
            {texts.change.keep}
          </Button>
          <Button
            loading={change.isRunning}
            onClick={() => void change.start({ ...choice, ...parts, ...(kind === 'downgrade' ? { when } : {}) })}
          >
            {texts.change.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

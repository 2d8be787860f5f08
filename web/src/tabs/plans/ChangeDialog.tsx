import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import {
  type Plan,
  type PlanInterval,
  type Subscription,
  type SubscriptionResult,
  type SubscriptionUpdate,
} from '../../../../client/src/index.js';
import { changeKind } from '../../data/subscription-rules.js';
import { useAction } from '../../data/use-action.js';
import { useBilling } from '../../shared/billing-context.js';
import { formatAmount, formatDate } from '../../shared/format.js';
import { priceOf } from './prices.js';

type Moment = 'period_end' | 'now';

interface ChangeDialogProps {
  subscription: Subscription;
  plan: Plan;
  interval: PlanInterval;
  onClose: () => void;
}

/** Confirms a change of plan with its price and its date. */
export function ChangeDialog({ subscription, plan, interval, onClose }: ChangeDialogProps) {
  const { client, notify, redirect, showTab, texts } = useBilling();
  const [when, setWhen] = useState<Moment>('period_end');
  const kind = changeKind(subscription, { tier: plan.tier, interval });
  const price = priceOf(plan, interval);
  const end = formatDate(subscription.currentPeriodEnd);

  const success = (result: SubscriptionResult): string | undefined => {
    if (result.requiresAction) return undefined;
    return result.tier === plan.tier && result.interval === interval
      ? texts.change.done(plan.name)
      : texts.change.scheduled(plan.name, formatDate(result.scheduledChange?.at));
  };
  const change = useAction({
    run: (data: SubscriptionUpdate, options) => client.updateSubscription(subscription.id, data, options),
    success,
    failure: texts.change.failed,
    onDone: ({ requiresAction, paymentUrl }) => {
      onClose();
      if (requiresAction) {
        notify({ kind: 'error', title: texts.change.failed, message: texts.change.confirmPayment });
        if (paymentUrl !== undefined) redirect(paymentUrl);
        return;
      }
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
        {price === undefined ? null : (
          <Text fw={600}>
            {texts.change.price(formatAmount(price.amount, price.currency), texts.common.perInterval[interval])}
          </Text>
        )}
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
        <Group justify="flex-end">
          <Button variant="default" disabled={change.isRunning} onClick={onClose}>
            {texts.change.keep}
          </Button>
          <Button
            loading={change.isRunning}
            onClick={() => void change.start({ tier: plan.tier, interval, ...(kind === 'downgrade' ? { when } : {}) })}
          >
            {texts.change.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

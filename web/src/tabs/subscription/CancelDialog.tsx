import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { type Subscription } from 'stripe-billing-client';
import { useAction } from '../../data/use-action.js';
import { ActionFailure } from '../../shared/ActionFailure.js';
import { DroppedChanges } from '../../shared/DroppedChanges.js';
import { useBilling } from '../../shared/billing-context.js';
import { formatDate } from '../../shared/format.js';

/** Characters that a reason may have. */
const MAX_REASON = 500;

interface CancelDialogProps {
  subscription: Subscription;
  onClose: () => void;
}

/** Asks for a reason and for certainty, and stays open while it is done. */
export function CancelDialog({ subscription, onClose }: CancelDialogProps) {
  const { client, texts } = useBilling();
  const [reason, setReason] = useState('');
  const cancel = useAction({
    run: (data: { reason?: string }, options) =>
      client.cancelSubscription(subscription.id, { cancelAtPeriodEnd: true, ...data }, options),
    success: () => texts.subscription.cancelled,
    failure: texts.subscription.cancelFailed,
    onDone: onClose,
  });
  // What was never paid ends at once.
  const atOnce = subscription.status === 'incomplete';
  const written = reason.trim();
  return (
    <Modal
      opened
      onClose={() => (cancel.isRunning ? undefined : onClose())}
      title={texts.cancelDialog.title}
      closeButtonProps={{ 'aria-label': texts.common.close }}
    >
      <Stack>
        <Text>
          {atOnce ? texts.cancelDialog.textNow : texts.cancelDialog.text(formatDate(subscription.currentPeriodEnd))}
        </Text>
        <DroppedChanges subscription={subscription} />
        <Textarea
          label={texts.cancelDialog.reason}
          placeholder={texts.cancelDialog.reasonPlaceholder}
          value={reason}
          maxLength={MAX_REASON}
          autosize
          minRows={2}
          maxRows={6}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <ActionFailure of={cancel} />
        <Group justify="flex-end">
          <Button variant="default" disabled={cancel.isRunning} onClick={onClose}>
            {texts.cancelDialog.keep}
          </Button>
          <Button
            color="red.9"
            loading={cancel.isRunning}
            onClick={() => void cancel.start(written === '' ? {} : { reason: written })}
          >
            {texts.cancelDialog.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

import { Badge, Button, Card, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { type PaymentMethod } from 'stripe-billing-client';
import { usePaymentMethods } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { ActionFailure } from '../../shared/ActionFailure.js';
import { useBilling, useTexts } from '../../shared/billing-context.js';
import { cardName, isExpired } from '../../shared/card-names.js';
import { formatExpiry } from '../../shared/format.js';
import { EmptyState, MissingState, StaleState } from '../../shared/States.js';
import { useNow } from '../../shared/use-now.js';
import { AddCard } from './AddCard.js';

export function PaymentMethodsTab() {
  const texts = useTexts();
  const fetched = usePaymentMethods();
  const methods = fetched.data;
  const [adding, setAdding] = useState(false);
  if (methods === undefined) return <MissingState title={texts.paymentMethods.loadError} of={fetched} />;
  return (
    <Card withBorder>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          {texts.paymentMethods.title}
        </Title>
        {adding ? null : <Button onClick={() => setAdding(true)}>{texts.paymentMethods.add}</Button>}
      </Group>
      <Stack gap="md">
        <StaleState of={[fetched]} />
        {adding ? <AddCard first={methods.length === 0} onClose={() => setAdding(false)} /> : null}
        {methods.length === 0 ? (
          <EmptyState title={texts.paymentMethods.none} help={texts.paymentMethods.noneHelp} />
        ) : (
          <Stack
            component="ul"
            gap="sm"
            p={0}
            m={0}
            style={{ listStyle: 'none' }}
            aria-label={texts.paymentMethods.title}
          >
            {methods.map((method) => (
              <MethodRow key={method.id} method={method} />
            ))}
          </Stack>
        )}
      </Stack>
    </Card>
  );
}

function MethodRow({ method }: { method: PaymentMethod }) {
  const { client, texts } = useBilling();
  const [removing, setRemoving] = useState(false);
  const name = cardName(method, texts);
  const makeDefault = useAction({
    run: (id: number, options) => client.setDefaultPaymentMethod(id, options),
    success: () => texts.paymentMethods.madeDefault,
    failure: texts.paymentMethods.makeDefaultFailed,
  });
  return (
    <Card component="li" withBorder padding="sm">
      <Group justify="space-between" gap="sm">
        <div>
          <Group gap="xs">
            <Text fw={500}>{name}</Text>
            {method.isDefault ? <Badge variant="light">{texts.paymentMethods.default}</Badge> : null}
          </Group>
          <Expiry method={method} />
        </div>
        <Group gap="xs">
          {method.isDefault ? null : (
            <Button
              size="compact-sm"
              variant="default"
              loading={makeDefault.isRunning}
              aria-label={`${texts.paymentMethods.setDefault}: ${name}`}
              onClick={() => void makeDefault.start(method.id)}
            >
              {texts.paymentMethods.setDefault}
            </Button>
          )}
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            aria-label={`${texts.paymentMethods.remove}: ${name}`}
            onClick={() => setRemoving(true)}
          >
            {texts.paymentMethods.remove}
          </Button>
        </Group>
      </Group>
      <ActionFailure of={makeDefault} />
      {removing ? <RemoveDialog method={method} onClose={() => setRemoving(false)} /> : null}
    </Card>
  );
}

function Expiry({ method }: { method: PaymentMethod }) {
  const texts = useTexts();
  const now = useNow();
  if (method.cardExpMonth === undefined || method.cardExpYear === undefined) return null;
  const date = formatExpiry(method.cardExpMonth, method.cardExpYear);
  const expired = now !== undefined && isExpired(method, new Date(now));
  return (
    <Text size="sm" c={expired ? 'red' : 'dimmed'}>
      {expired ? texts.paymentMethods.expired(date) : texts.paymentMethods.expires(date)}
    </Text>
  );
}

function RemoveDialog(props: { method: PaymentMethod; onClose: () => void }) {
  const { client, texts } = useBilling();
  const remove = useAction({
    run: (id: number, options) => client.removePaymentMethod(id, options),
    success: () => texts.paymentMethods.removed,
    failure: texts.paymentMethods.removeFailed,
    onDone: props.onClose,
  });
  return (
    <Modal
      opened
      onClose={() => (remove.isRunning ? undefined : props.onClose())}
      title={texts.paymentMethods.removeTitle}
      closeButtonProps={{ 'aria-label': texts.common.close }}
    >
      <Text mb="md">{texts.paymentMethods.removeText(cardName(props.method, texts))}</Text>
      <ActionFailure of={remove} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" disabled={remove.isRunning} onClick={props.onClose}>
          {texts.paymentMethods.keep}
        </Button>
        <Button color="red.9" loading={remove.isRunning} onClick={() => void remove.start(props.method.id)}>
          {texts.paymentMethods.confirmRemove}
        </Button>
      </Group>
    </Modal>
  );
}

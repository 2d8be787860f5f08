import { Alert, Button, Card, Checkbox, Group, NativeSelect, Stack, Title } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useConfig } from '../../data/queries.js';
import { useAction } from '../../data/use-action.js';
import { useBilling } from '../../shared/billing-context.js';
import { ActionFailure } from '../../shared/ActionFailure.js';
import { EmailRequest } from '../../shared/EmailRequest.js';
import { LoadingState, MissingState } from '../../shared/States.js';
import { focusOnOpening, OPENED } from '../../shared/use-kept-focus.js';

const StripeCardForm = lazy(() => import('../../shared/StripeCardForm.js'));

interface CardInput {
  paymentMethodId: string;
  setAsDefault: boolean;
}

/** Adds a card: by Stripe's form, or in the sandbox one of its test cards. */
export function AddCard({ first, onClose }: { first: boolean; onClose: () => void }) {
  const { client, texts } = useBilling();
  const config = useConfig();
  const [setAsDefault, setSetAsDefault] = useState(true);
  const add = useAction({
    run: (input: CardInput, options) => client.addPaymentMethod(input, options),
    success: () => texts.paymentMethods.added,
    failure: texts.paymentMethods.addFailed,
    onDone: onClose,
  });
  const save = (paymentMethodId: string) => add.start({ paymentMethodId, setAsDefault: first || setAsDefault });
  const cancel = (
    <Button variant="default" disabled={add.isRunning} onClick={onClose}>
      {texts.common.close}
    </Button>
  );
  return (
    <Card withBorder component="section" aria-label={texts.paymentMethods.addTitle} {...OPENED}>
      <Stack>
        <Title order={3} size="h5" tabIndex={-1} ref={focusOnOpening}>
          {texts.paymentMethods.addTitle}
        </Title>
        {first ? null : (
          <Checkbox
            label={texts.paymentMethods.makeDefault}
            checked={setAsDefault}
            onChange={(event) => setSetAsDefault(event.currentTarget.checked)}
          />
        )}
        <EmailRequest />
        <ActionFailure of={add} />
        {config.data === undefined ? (
          <MissingState title={texts.paymentMethods.formFailed} of={config} rows={1} />
        ) : config.data.sandbox ? (
          <TestCardForm saving={add.isRunning} onSave={save}>
            {cancel}
          </TestCardForm>
        ) : config.data.publishableKey === undefined ? (
          <Alert color="orange" title={texts.paymentMethods.unavailable}>
            {texts.paymentMethods.unavailableHelp}
          </Alert>
        ) : (
          <Suspense fallback={<LoadingState rows={1} />}>
            <StripeCardForm
              publishableKey={config.data.publishableKey}
              label={texts.paymentMethods.save}
              onConfirmed={save}
            >
              {cancel}
            </StripeCardForm>
          </Suspense>
        )}
      </Stack>
    </Card>
  );
}

function TestCardForm(props: { saving: boolean; onSave: (id: string) => Promise<void>; children: React.ReactNode }) {
  const { texts } = useBilling();
  const cards = Object.entries(texts.paymentMethods.testCards);
  const [card, setCard] = useState(cards[0]?.[0] ?? '');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void props.onSave(card);
      }}
    >
      <NativeSelect
        label={texts.paymentMethods.testCard}
        description={texts.paymentMethods.testCardHelp}
        data={cards.map(([value, label]) => ({ value, label }))}
        value={card}
        onChange={(event) => setCard(event.currentTarget.value)}
      />
      <Group mt="md" justify="flex-end">
        {props.children}
        <Button type="submit" loading={props.saving}>
          {texts.paymentMethods.save}
        </Button>
      </Group>
    </form>
  );
}

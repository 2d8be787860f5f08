import { Alert, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { rememberedGroup } from '../../data/checkout-group.js';
import { useSubscription } from '../../data/queries.js';
import { useBilling } from '../../shared/billing-context.js';

const LOOK_EVERY_MS = 1_000;
const PATIENCE_MS = 30_000;

interface ReturnFromCheckoutProps {
  /** Id of the session. */
  session: string;
  onShown?: (() => void) | undefined;
}

/**
 * After Stripe's page: looks until the server knows the subscription. That the browser came back proves nothing; only
 * what the server says is shown as a success.
 */
export function ReturnFromCheckout({ session, onShown }: ReturnFromCheckoutProps) {
  const { notify, texts, signedIn } = useBilling();
  const queries = useQueryClient();
  const { data: subscription, refetch } = useSubscription(rememberedGroup(session));
  const [patient, setPatient] = useState(true);
  const [round, setRound] = useState(0);
  const told = useRef(false);
  const confirmed = subscription?.status === 'active' || subscription?.status === 'trialing';

  useEffect(() => {
    if (confirmed || !signedIn) return undefined;
    const looking = setInterval(() => void refetch(), LOOK_EVERY_MS);
    const end = setTimeout(() => {
      clearInterval(looking);
      setPatient(false);
    }, PATIENCE_MS);
    return () => {
      clearInterval(looking);
      clearTimeout(end);
    };
  }, [confirmed, signedIn, refetch, round]);

  useEffect(() => {
    if (!confirmed || told.current) return;
    told.current = true;
    notify({ title: texts.purchase.done });
    void queries.invalidateQueries();
    onShown?.();
  }, [confirmed, notify, onShown, queries, texts]);

  const lookAgain = () => {
    setPatient(true);
    setRound((last) => last + 1);
  };

  if (confirmed || !signedIn) return null;
  if (patient) {
    return (
      <Alert color="blue" variant="light" role="status">
        <Group gap="sm">
          <Loader size="sm" aria-hidden />
          <Text size="sm">{texts.purchase.confirming}</Text>
        </Group>
      </Alert>
    );
  }
  return (
    <Alert color="orange" variant="light" title={texts.purchase.notConfirmed}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{texts.purchase.notConfirmedHelp}</Text>
        <Button size="xs" variant="default" onClick={lookAgain}>
          {texts.common.retry}
        </Button>
      </Stack>
    </Alert>
  );
}

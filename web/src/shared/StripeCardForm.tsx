import { Alert, Button, Group, Text, useComputedColorScheme } from '@mantine/core';
import { Elements, PaymentElement, useElements, useStripe } from '@stripe/react-stripe-js';
import { loadStripe } from '@stripe/stripe-js/pure';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { noteEmailRequired } from '../data/email-required.js';
import { useBilling } from './billing-context.js';
import { ErrorState, LoadingState } from './States.js';

interface StripeCardFormProps {
  publishableKey: string;
  /** Text of the button. */
  label: string;
  /** Called with the id of the payment method that Stripe has confirmed. */
  onConfirmed: (paymentMethodId: string) => Promise<void>;
  children?: ReactNode;
}

/** Stripe's Payment Element: the card never passes through this page. */
export default function StripeCardForm(props: StripeCardFormProps) {
  const { client, texts } = useBilling();
  const queries = useQueryClient();
  const scheme = useComputedColorScheme('light');
  const [broken, setBroken] = useState(false);
  const stripe = useQuery({
    queryKey: ['stripe.js', props.publishableKey],
    queryFn: () => loadStripe(props.publishableKey),
    staleTime: Infinity,
    retry: false,
    // What Stripe.js gives out is no data: it must stay the very object.
    structuralSharing: false,
  });
  const intent = useQuery({
    queryKey: ['setup-intent'],
    queryFn: async ({ signal }) => {
      try {
        return await client.createSetupIntent({ signal });
      } catch (error) {
        noteEmailRequired(queries, error);
        throw error;
      }
    },
    staleTime: Infinity,
    gcTime: 0,
  });
  if (stripe.isPending || intent.isPending) return <LoadingState rows={1} />;
  if (stripe.isError || broken) {
    const retry = () => {
      setBroken(false);
      return Promise.all([intent.refetch(), stripe.refetch()]);
    };
    return (
      <ErrorState title={texts.paymentMethods.formFailed} error={texts.paymentMethods.formFailedHelp} retry={retry} />
    );
  }
  if (intent.error !== null || intent.data.clientSecret === undefined) {
    return <ErrorState title={texts.paymentMethods.addFailed} error={intent.error} retry={intent.refetch} />;
  }
  return (
    <Elements
      stripe={stripe.data}
      options={{
        clientSecret: intent.data.clientSecret,
        appearance: { theme: scheme === 'dark' ? 'night' : 'stripe' },
      }}
    >
      <ConfirmForm {...props} onBroken={() => setBroken(true)} />
    </Elements>
  );
}

interface ConfirmFormProps extends StripeCardFormProps {
  /** Called when Stripe cannot show its fields. */
  onBroken: () => void;
}

function ConfirmForm({ label, onConfirmed, onBroken, children }: ConfirmFormProps) {
  const { texts } = useBilling();
  const [refused, setRefused] = useState<string>();
  const stripe = useStripe();
  const elements = useElements();
  const [working, setWorking] = useState(false);
  const busy = useRef(false);
  // Once confirmed, a setup intent cannot be confirmed again; what comes after may have to be.
  const confirmed = useRef<string>(undefined);

  const confirm = async (): Promise<string | undefined> => {
    if (confirmed.current !== undefined || stripe === null || elements === null) return confirmed.current;
    const { error, setupIntent } = await stripe.confirmSetup({ elements, redirect: 'if_required' });
    if (error !== undefined) {
      setRefused(error.message ?? texts.errors.unknown);
      return undefined;
    }
    const method = setupIntent.payment_method;
    confirmed.current = typeof method === 'string' ? method : method?.id;
    return confirmed.current;
  };
  const submit = async (): Promise<void> => {
    if (busy.current) return;
    busy.current = true;
    setWorking(true);
    setRefused(undefined);
    try {
      const method = await confirm();
      if (method !== undefined) await onConfirmed(method);
    } finally {
      busy.current = false;
      setWorking(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <PaymentElement onLoadError={onBroken} />
      {refused === undefined ? null : (
        <Alert color="red" variant="light" mt="md" title={texts.paymentMethods.addFailed}>
          <Text size="sm">{refused}</Text>
        </Alert>
      )}
      <Group mt="md" justify="flex-end">
        {children}
        <Button type="submit" loading={working} disabled={stripe === null || elements === null}>
          {label}
        </Button>
      </Group>
    </form>
  );
}

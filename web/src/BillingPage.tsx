import { Badge, Container, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Fragment, type ReactNode, useMemo, useRef, useState } from 'react';
import { type BillingClient } from 'stripe-billing-client';
import { type Failure } from './data/failure.js';
import { useConfig, useGroups, usePlanName } from './data/queries.js';
import { useRefreshOnChange, useRefreshOnReturn } from './data/refresh.js';
import { type Billing, BillingContext, type Notice, type TabName, useBilling } from './shared/billing-context.js';
import { SubscriptionBadge } from './shared/StatusBadge.js';
import { useKeptFocus } from './shared/use-kept-focus.js';
import { InvoicesTab } from './tabs/invoices/InvoicesTab.js';
import { PaymentMethodsTab } from './tabs/payment-methods/PaymentMethodsTab.js';
import { PlansTab } from './tabs/plans/PlansTab.js';
import { ReturnFromCheckout } from './tabs/plans/ReturnFromCheckout.js';
import { SubscriptionTab } from './tabs/subscription/SubscriptionTab.js';
import { en, type Texts } from './texts/en.js';

export interface BillingPageProps {
  /** The client of the signed-in user. */
  client: BillingClient;
  /** Tells that something was done; the dashboard has its own way. What was not is told by the page. */
  onNotify: (notice: Notice) => void;
  /** False: only the plans are shown, and that one must sign in. Default true. */
  signedIn?: boolean;
  /** What the signed-in account is called, for a page whose surroundings do not show it. */
  account?: string;
  /** Default: Subscription, or Plans & Pricing when nobody is signed in. */
  initialTab?: TabName;
  /** Told when another tab is opened, for example to put it into the address. */
  onTabChange?: (tab: TabName) => void;
  /** Sends the browser to a page of Stripe. Default: in the same tab. */
  onRedirect?: (url: string) => void;
  /** The Checkout session that the browser comes back from (`session_id` of the return address). */
  returnedSession?: string;
  /** Told when what became of that session was shown, to take it out of the address. */
  onReturnShown?: () => void;
  /** Default: English. */
  texts?: Texts;
}

/**
 * The billing page. It needs a MantineProvider around it and nothing else: a dashboard gives it its client and shows its
 * messages.
 */
export function BillingPage(props: BillingPageProps) {
  const { client, onNotify, onTabChange, onRedirect, texts = en, signedIn = true } = props;
  const [queries] = useState(
    // The client repeats by itself what may be repeated.
    () =>
      new QueryClient({
        defaultOptions: { queries: { retry: false, staleTime: 10_000, refetchOnWindowFocus: false } },
      }),
  );
  useRefreshOnReturn(queries);
  const [failure, setFailure] = useState<Failure>();
  const page = useRef<HTMLDivElement>(null);
  const keptFocus = useKeptFocus(page);
  const [tab, setTab] = useState<TabName>(props.initialTab ?? (signedIn ? 'subscription' : 'plans'));
  const billing = useMemo<Billing>(
    () => ({
      client,
      texts,
      signedIn,
      notify: onNotify,
      failure,
      setFailure,
      redirect: onRedirect ?? ((url) => window.location.assign(url)),
      showTab: (next) => {
        setTab(next);
        setFailure(undefined);
        onTabChange?.(next);
      },
    }),
    [client, texts, signedIn, failure, onNotify, onRedirect, onTabChange],
  );
  return (
    <QueryClientProvider client={queries}>
      <BillingContext value={billing}>
        <Container ref={page} size="lg" px={{ base: 'sm', sm: 'lg' }} py={{ base: 'md', sm: 'xl' }} {...keptFocus}>
          <Stack gap="lg">
            <PageHeader account={props.account} />
            {props.returnedSession === undefined ? null : (
              <ReturnFromCheckout session={props.returnedSession} onShown={props.onReturnShown} />
            )}
            <TabPanels tab={tab} />
          </Stack>
        </Container>
      </BillingContext>
    </QueryClientProvider>
  );
}

function PageHeader({ account }: { account: string | undefined }) {
  const { texts } = useBilling();
  useRefreshOnChange();
  const groups = useGroups();
  const planName = usePlanName();
  const { data: config } = useConfig();
  return (
    <Group component="header" justify="space-between" align="flex-start" gap="sm">
      <div>
        <Title order={1} size="h2">
          {texts.page.title}
        </Title>
        <Text c="dimmed">{texts.page.subtitle}</Text>
        {account === undefined ? null : (
          <Text c="dimmed" size="sm" className="account">
            {texts.page.signedInAs(account)}
          </Text>
        )}
      </div>
      <Group gap="xs">
        {config?.sandbox ? (
          <Badge color="orange" variant="light" tt="none">
            {texts.page.sandbox}
          </Badge>
        ) : null}
        {groups.map(({ key, plans, fetched: { data: subscription } }) => {
          const byDefault = plans.find((plan) => plan.default);
          const tier = subscription === null ? byDefault?.tier : subscription?.tier;
          return (
            <Fragment key={key}>
              {tier === undefined ? null : <Badge variant="filled">{planName(tier)}</Badge>}
              {!subscription || subscription.status === 'active' ? null : (
                <SubscriptionBadge status={subscription.status} />
              )}
            </Fragment>
          );
        })}
      </Group>
    </Group>
  );
}

function TabPanels({ tab }: { tab: TabName }) {
  const { texts, showTab, signedIn } = useBilling();
  const panels: [TabName, string, ReactNode][] = [
    ['subscription', texts.page.tabs.subscription, <SubscriptionTab />],
    ['plans', texts.page.tabs.plans, <PlansTab />],
    ['payment-methods', texts.page.tabs.paymentMethods, <PaymentMethodsTab />],
    ['invoices', texts.page.tabs.invoices, <InvoicesTab />],
  ];
  return (
    <Tabs value={tab} onChange={(next) => showTab(next as TabName)} keepMounted={false}>
      <Tabs.List aria-label={texts.page.tabList} className="billing-tabs">
        {panels.map(([name, title]) => (
          <Tabs.Tab key={name} value={name} disabled={!signedIn && name !== 'plans'}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {panels.map(([name, , panel]) => (
        <Tabs.Panel key={name} value={name} pt="lg">
          {panel}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

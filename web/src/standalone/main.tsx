import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '../page.css';
import { Alert, MantineProvider } from '@mantine/core';
import { Notifications, notifications } from '@mantine/notifications';
import { StrictMode, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { BillingClient } from 'stripe-billing-client';
import { BillingPage } from '../BillingPage.js';
import { type Notice, type TabName } from '../shared/billing-context.js';
import { en } from '../texts/en.js';
import { theme } from '../theme.js';
import { accountOf } from './session-token.js';
import { SwitchDialog } from './SwitchDialog.js';
import { useSession } from './use-session.js';

const NOTICE_MS = 6_000;
const TABS: readonly string[] = ['subscription', 'plans', 'payment-methods', 'invoices'] satisfies TabName[];

function showNotice({ title }: Notice): void {
  notifications.show({
    message: title,
    color: 'green',
    autoClose: NOTICE_MS,
    withBorder: true,
    closeButtonProps: { 'aria-label': en.page.closeNotice },
  });
}

function tabOfAddress(): TabName | undefined {
  const name = window.location.hash.slice(1);
  return TABS.includes(name) ? (name as TabName) : undefined;
}

function removeSession(): void {
  window.history.replaceState(null, '', `${window.location.pathname}${window.location.hash}`);
}

function StandalonePage() {
  const { token, offered, accept, refuse } = useSession();
  const client = useMemo(() => new BillingClient({ token: token ?? '' }), [token]);
  const account = useMemo(() => (token === null ? undefined : accountOf(token)), [token]);
  // Kept for the life of the page, though it leaves the address.
  const [session, setSession] = useState(
    () => new URLSearchParams(window.location.search).get('session_id') ?? undefined,
  );
  const switchAccounts = () => {
    // It was the other account's.
    setSession(undefined);
    accept();
  };
  return (
    <main>
      {token === null ? (
        <Alert color="orange" title={en.page.signedOut} m="md">
          {en.page.signedOutHelp}
        </Alert>
      ) : null}
      {offered === null ? null : (
        <SwitchDialog current={account} offered={accountOf(offered)} onAccept={switchAccounts} onRefuse={refuse} />
      )}
      <BillingPage
        // Nothing of one account is shown to another.
        key={account?.id}
        client={client}
        signedIn={token !== null}
        onNotify={showNotice}
        onTabChange={(tab) => window.history.replaceState(null, '', `#${tab}`)}
        onReturnShown={removeSession}
        {...(account === undefined ? {} : { account: account.name })}
        {...(session === undefined ? {} : { returnedSession: session })}
        {...(tabOfAddress() === undefined ? {} : { initialTab: tabOfAddress() })}
      />
    </main>
  );
}

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root element');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <StandalonePage />
    </MantineProvider>
  </StrictMode>,
);

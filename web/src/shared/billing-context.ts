import { createContext, useContext } from 'react';
import { type BillingClient } from 'stripe-billing-client';
import { type Failure } from '../data/failure.js';
import { type Texts } from '../texts/en.js';

export type TabName = 'subscription' | 'plans' | 'payment-methods' | 'invoices';

/** A message about something that was done. What was not is told where it was tried. */
export interface Notice {
  title: string;
}

/** What the parts of the page share. */
export interface Billing {
  client: BillingClient;
  texts: Texts;
  /** False: plans are shown, nothing else can be done. */
  signedIn: boolean;
  notify: (notice: Notice) => void;
  /** What was tried last, when it failed. */
  failure: Failure | undefined;
  setFailure: (failure: Failure | undefined) => void;
  /** Sends the browser to a page of Stripe. */
  redirect: (url: string) => void;
  showTab: (tab: TabName) => void;
}

export const BillingContext = createContext<Billing | null>(null);

export function useBilling(): Billing {
  const billing = useContext(BillingContext);
  if (billing === null) throw new Error('a part of the billing page is used outside of BillingPage');
  return billing;
}

export function useTexts(): Texts {
  return useBilling().texts;
}

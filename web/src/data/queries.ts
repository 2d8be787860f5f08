import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { isUnsettled } from './subscription-rules.js';
import { useBilling } from '../shared/billing-context.js';

/** Names of what is fetched, so that an action can say what it changed. */
export const KEYS = {
  subscription: ['subscription'],
  paymentMethods: ['payment-methods'],
  invoices: ['invoices'],
  customer: ['customer'],
  plans: ['plans'],
  config: ['config'],
} as const;

const INVOICES_A_PAGE = 10;
const LOOK_AGAIN_MS = 3_000;

export function useSubscription() {
  const { client, signedIn } = useBilling();
  return useQuery({
    queryKey: KEYS.subscription,
    queryFn: ({ signal }) => client.getSubscription({ signal }),
    enabled: signedIn,
    // A payment goes on elsewhere, at Stripe or in another tab.
    refetchInterval: ({ state }) => (isUnsettled(state.data) ? LOOK_AGAIN_MS : false),
  });
}

export function usePaymentMethods() {
  const { client, signedIn } = useBilling();
  return useQuery({
    queryKey: KEYS.paymentMethods,
    queryFn: ({ signal }) => client.getPaymentMethods({ signal }),
    enabled: signedIn,
  });
}

/** All invoices that were looked at so far, page after page. */
export function useInvoices() {
  const { client, signedIn } = useBilling();
  const { data: subscription } = useSubscription();
  return useInfiniteQuery({
    queryKey: KEYS.invoices,
    queryFn: ({ pageParam, signal }) =>
      client.getInvoicePage({ limit: INVOICES_A_PAGE, startingAfter: pageParam }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ hasMore, items }) => (hasMore ? items.at(-1)?.id : undefined),
    enabled: signedIn,
    // The invoice of a payment that is to come may itself still be on its way.
    refetchInterval: ({ state }) =>
      isUnsettled(subscription) || state.data?.pages[0]?.items.some(({ status }) => status === 'open')
        ? LOOK_AGAIN_MS
        : false,
  });
}

export function useCustomer() {
  const { client, signedIn } = useBilling();
  return useQuery({
    queryKey: KEYS.customer,
    queryFn: ({ signal }) => client.getCustomer({ signal }),
    enabled: signedIn,
  });
}

export function usePlans() {
  const { client } = useBilling();
  return useQuery({ queryKey: KEYS.plans, queryFn: ({ signal }) => client.getPlans({ signal }), staleTime: Infinity });
}

export function useConfig() {
  const { client } = useBilling();
  return useQuery({
    queryKey: KEYS.config,
    queryFn: ({ signal }) => client.getConfig({ signal }),
  });
}

import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { type BillingClient, type Subscription } from 'stripe-billing-client';
import { groupsOf, titleOf } from './plan-groups.js';
import { isUnsettled } from './subscription-rules.js';
import { useBilling, useTexts } from '../shared/billing-context.js';

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

function subscriptionQuery(client: BillingClient, enabled: boolean, group: string | undefined) {
  return {
    queryKey: [...KEYS.subscription, group ?? ''],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      client.getSubscription({ signal, ...(group === undefined ? {} : { group }) }),
    enabled,
    // A payment goes on elsewhere, at Stripe or in another tab.
    refetchInterval: ({ state }: { state: { data: Subscription | null | undefined } }) =>
      isUnsettled(state.data) ? LOOK_AGAIN_MS : false,
  } as const;
}

/** The current subscription of a group; without one of the default group. */
export function useSubscription(group?: string) {
  const { client, signedIn } = useBilling();
  return useQuery(subscriptionQuery(client, signedIn, group));
}

/** The groups of the plans, as far as they are known, each with its current subscription. */
export function useGroups() {
  const { client, signedIn } = useBilling();
  const { data: plans = [] } = usePlans();
  const groups = groupsOf(plans);
  const fetched = useQueries({ queries: groups.map(({ query }) => subscriptionQuery(client, signedIn, query)) });
  return groups.flatMap((group, place) => {
    const query = fetched[place];
    return query === undefined ? [] : [{ ...group, fetched: query }];
  });
}

/** The current subscriptions, one of each group that has one. */
function useSubscriptions(): Subscription[] {
  return useGroups().flatMap(({ fetched: { data } }) => data ?? []);
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
  const subscriptions = useSubscriptions();
  return useInfiniteQuery({
    queryKey: KEYS.invoices,
    queryFn: ({ pageParam, signal }) =>
      client.getInvoicePage({ limit: INVOICES_A_PAGE, startingAfter: pageParam }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ hasMore, items }) => (hasMore ? items.at(-1)?.id : undefined),
    enabled: signedIn,
    // The invoice of a payment that is to come may itself still be on its way.
    refetchInterval: ({ state }) =>
      subscriptions.some(isUnsettled) || state.data?.pages[0]?.items.some(({ status }) => status === 'open')
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

/** What a plan is called, by its `tier`; one that is not on sale by its key. */
export function usePlanName(): (tier: string) => string {
  const { common } = useTexts();
  const { data: plans = [] } = usePlans();
  return (tier) =>
    plans.find((plan) => plan.tier === tier)?.name ?? (tier === 'custom' ? common.customPlan : titleOf(tier));
}

/** How the subscription of a plan's group is asked for, by the plan's `tier`. */
export function useGroupOf(tier: string): string | undefined {
  const { data: plans = [] } = usePlans();
  return groupsOf(plans).find((group) => group.plans.some((plan) => plan.tier === tier))?.query;
}

export function useConfig() {
  const { client } = useBilling();
  return useQuery({
    queryKey: KEYS.config,
    queryFn: ({ signal }) => client.getConfig({ signal }),
  });
}

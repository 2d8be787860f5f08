import { Alert, Badge, Group, NativeSelect, SegmentedControl, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { type Plan, type PlanPrice, type Subscription } from 'stripe-billing-client';
import { titleOf } from '../../data/plan-groups.js';
import { useCustomer, useGroups, usePlans } from '../../data/queries.js';
import { canPurchase, changeObstacle, isCurrent, isSamePeriod, type Period } from '../../data/subscription-rules.js';
import { useBilling, useTexts } from '../../shared/billing-context.js';
import { formatPercent } from '../../shared/format.js';
import { periodTitle } from '../../shared/periods.js';
import { MissingState, StaleState } from '../../shared/States.js';
import { ChangeDialog } from './ChangeDialog.js';
import { PlanCard, type PlanCardState } from './PlanCard.js';
import { bestSaving, currenciesOf, firstPeriod, periodsOf, plansIn, shownPrice } from './prices.js';
import { Purchase } from './Purchase.js';

/** Most periods that stand beside each other on a phone. */
const MOST_BESIDE = 3;

type GroupOfPlans = ReturnType<typeof useGroups>[number];

/** What was chosen, to be bought or changed to. */
interface Choice {
  group: string;
  plan: Plan;
  price: PlanPrice;
}

export function PlansTab() {
  const { texts, signedIn } = useBilling();
  const plans = usePlans();
  const groups = useGroups();
  const trials = useTrials(groups);
  const { data: customer } = useCustomer();
  const [wanted, setWanted] = useState<string>();
  const [periods, setPeriods] = useState<Readonly<Record<string, Period>>>({});
  const [chosen, setChosen] = useState<Choice>();
  if (plans.data === undefined) return <MissingState title={texts.plans.loadError} of={plans} />;
  const missing = groups.find(({ fetched }) => signedIn && fetched.data === undefined);
  if (missing !== undefined) return <MissingState title={texts.subscription.loadError} of={missing.fetched} />;

  const currencies = currenciesOf(plans.data);
  const currency = customer?.currency ?? wanted;
  const close = () => setChosen(undefined);
  const group = groups.find(({ key }) => key === chosen?.group);
  const subscription = group?.fetched.data;
  if (chosen !== undefined && canPurchase(subscription)) {
    return <Purchase plan={chosen.plan} price={chosen.price} group={group?.query} onClose={close} />;
  }
  return (
    <Stack gap="xl">
      <StaleState of={[plans, ...groups.map(({ fetched }) => fetched)]} />
      {currencies.length > 1 && customer?.currency === undefined ? (
        <CurrencySwitch currencies={currencies} shown={currency} onChange={setWanted} />
      ) : null}
      {groups.map((one) => (
        <GroupPlans
          key={one.key}
          group={{ ...one, plans: plansIn(one.plans, currency) }}
          isOnly={groups.length === 1}
          period={periods[one.key]}
          trialOf={trials.of}
          onPeriod={(period) => setPeriods({ ...periods, [one.key]: period })}
          onChoose={(plan, price) => setChosen({ group: one.key, plan, price })}
        />
      ))}
      <Text ta="center" c="dimmed" size="sm">
        {trials.forAll > 0 ? texts.plans.trialFooter(trials.forAll, trials.plans) : texts.plans.footer}
      </Text>
      {subscription && chosen ? (
        <ChangeDialog
          subscription={subscription}
          plan={chosen.plan}
          price={chosen.price}
          group={group?.query}
          onClose={close}
        />
      ) : null}
    </Stack>
  );
}

interface GroupPlansProps {
  group: GroupOfPlans;
  isOnly: boolean;
  period: Period | undefined;
  /** Days of a free trial to promise on the card of a plan; 0: none. */
  trialOf: (plan: Plan) => number;
  onPeriod: (period: Period) => void;
  onChoose: (plan: Plan, price: PlanPrice) => void;
}

/** The plans of a group, of which one has at most one. */
function GroupPlans({ group, isOnly, period, trialOf, onPeriod, onChoose }: GroupPlansProps) {
  const { texts, signedIn } = useBilling();
  const { plans } = group;
  const subscription = group.fetched.data;
  const periods = periodsOf(plans);
  const shown = period ?? firstPeriod(periods, subscription);
  const obstacle = changeObstacle(subscription);
  const columns = Math.min(plans.length, 3);
  return (
    <Stack gap="lg" component="section" aria-label={isOnly ? undefined : titleOf(group.key)}>
      {isOnly ? null : (
        <Title order={2} size="h3">
          {titleOf(group.key)}
        </Title>
      )}
      {obstacle === null ? null : (
        <Alert color="orange" variant="light">
          {
            {
              ending: texts.plans.cancelScheduled,
              paused: texts.plans.pausedChange,
              unpaid: texts.plans.cannotChange,
            }[obstacle]
          }
        </Alert>
      )}
      {periods.length > 1 ? <PeriodSwitch plans={plans} periods={periods} shown={shown} onChange={onPeriod} /> : null}
      <SimpleGrid cols={{ base: 1, md: columns }} spacing="lg" className={`plan-grid plan-grid-${columns}`}>
        {plans.map((plan) => {
          const price = shownPrice(plan, shown);
          return (
            <PlanCard
              key={plan.tier}
              plan={plan}
              price={price}
              currency={subscription?.currency}
              trialDays={trialOf(plan)}
              order={isOnly ? 2 : 3}
              state={signedIn ? cardState(plan, price, subscription, obstacle !== null) : 'signed-out'}
              onChoose={() => (price === undefined ? undefined : onChoose(plan, price))}
            />
          );
        })}
      </SimpleGrid>
    </Stack>
  );
}

function cardState(
  plan: Plan,
  price: PlanPrice | undefined,
  subscription: Subscription | null | undefined,
  blocked: boolean,
): PlanCardState {
  if (price === undefined) return plan.default && canPurchase(subscription) ? 'current' : 'not-sold';
  if (isCurrent(subscription, { ...price, tier: plan.tier })) return 'current';
  return blocked ? 'blocked' : 'open';
}

interface PeriodSwitchProps {
  plans: Plan[];
  periods: readonly Period[];
  shown: Period;
  onChange: (period: Period) => void;
}

/** How often one pays, among the periods that are sold. */
function PeriodSwitch({ plans, periods, shown, onChange }: PeriodSwitchProps) {
  const texts = useTexts();
  const saving = bestSaving(plans);
  const chosen = {
    'aria-label': texts.plans.interval,
    value: String(periods.findIndex((period) => isSamePeriod(period, shown))),
    data: periods.map((period, place) => ({ value: String(place), label: periodTitle(period, texts) })),
  };
  const choose = (place: string) => onChange(periods[Number(place)] ?? shown);
  return (
    <Group justify="center" gap="sm">
      {periods.length > MOST_BESIDE ? (
        <NativeSelect {...chosen} onChange={({ currentTarget: { value } }) => choose(value)} />
      ) : (
        <SegmentedControl {...chosen} onChange={choose} />
      )}
      {saving > 0 ? (
        <Badge color="green" variant="light" size="lg" tt="none">
          {texts.plans.saveUpTo(formatPercent(saving))}
        </Badge>
      ) : null}
    </Group>
  );
}

interface CurrencySwitchProps {
  currencies: readonly string[];
  shown: string | undefined;
  onChange: (currency: string) => void;
}

/** What one pays in, as long as nothing was bought. */
function CurrencySwitch({ currencies, shown, onChange }: CurrencySwitchProps) {
  const texts = useTexts();
  return (
    <Group justify="center">
      <NativeSelect
        aria-label={texts.plans.currency}
        value={shown ?? currencies[0]}
        data={currencies.map((value) => ({ value, label: value.toUpperCase() }))}
        onChange={({ currentTarget: { value } }) => onChange(value)}
      />
    </Group>
  );
}

/** Promises a trial to those alone who can have one: below the plans when all have the same, else on each. */
function useTrials(groups: readonly GroupOfPlans[]) {
  const { signedIn } = useBilling();
  const { data: customer } = useCustomer();
  // Without a customer there was no trial; while nobody knows, none is promised.
  const available = !signedIn || (customer !== undefined && (customer?.trialAvailable ?? true));
  const offered = groups
    .filter(({ fetched }) => available && (!signedIn || canPurchase(fetched.data)))
    .flatMap(({ plans }) => plans.filter(({ prices }) => prices.length > 0));
  const sold = groups.flatMap(({ plans }) => plans.filter(({ prices }) => prices.length > 0));
  const [days = 0] = offered.map(({ trialDays }) => trialDays);
  const isForAll = offered.length === sold.length && offered.every(({ trialDays }) => trialDays === days);
  return {
    forAll: isForAll ? days : 0,
    plans: sold.length,
    of: (plan: Plan) => (!isForAll && offered.includes(plan) ? plan.trialDays : 0),
  };
}

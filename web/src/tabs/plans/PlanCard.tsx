import { Badge, Button, Card, Group, List, Stack, Text, ThemeIcon, Title, VisuallyHidden } from '@mantine/core';
import { type Plan, type PlanFeature, type PlanPrice } from 'stripe-billing-client';
import { useTexts } from '../../shared/billing-context.js';
import { isSamePeriod } from '../../data/subscription-rules.js';
import { formatAmount, formatPercent } from '../../shared/format.js';
import { perPeriod, periodName } from '../../shared/periods.js';
import { amountOf, monthlyAmount, savingOf } from './prices.js';

/** `blocked`: nothing can be chosen now. `not-sold`: a plan that is had, not bought. */
export type PlanCardState = 'open' | 'current' | 'blocked' | 'not-sold' | 'signed-out';

interface PlanCardProps {
  plan: Plan;
  /** Undefined for a plan that is had, not bought. */
  price: PlanPrice | undefined;
  /** What one pays in already. */
  currency: string | undefined;
  /** Of the free trial to promise; 0: none. */
  trialDays: number;
  /** Level of the heading. */
  order: 2 | 3;
  state: PlanCardState;
  onChoose: () => void;
}

export function PlanCard({ plan, price, currency, trialDays, order, state, onChoose }: PlanCardProps) {
  const { plans: texts } = useTexts();
  return (
    <Card
      component="article"
      aria-label={plan.name}
      withBorder
      padding="lg"
      className={plan.popular ? 'plan-card plan-card-popular' : 'plan-card'}
    >
      <Stack gap="md" h="100%">
        <div>
          <Group justify="space-between" gap="xs" mih={28}>
            <Title order={order} size="h3">
              {plan.name}
            </Title>
            {plan.popular ? <Badge variant="filled">{texts.popular}</Badge> : null}
          </Group>
          {plan.description === '' ? null : (
            <Text c="dimmed" size="sm">
              {plan.description}
            </Text>
          )}
        </div>
        <Price plan={plan} price={price} currency={currency} />
        {price === undefined && state !== 'current' ? (
          <Text c="dimmed" size="sm" mih={36} className="plan-without-price">
            {plan.default ? texts.byDefault : texts.notSold}
          </Text>
        ) : (
          <ChooseButton plan={plan} state={state} onChoose={onChoose} />
        )}
        {trialDays > 0 ? <Text size="sm">{texts.trial(trialDays)}</Text> : null}
        <List spacing={6} size="sm" center listStyleType="none" p={0}>
          {plan.features.map((feature) => (
            <Feature key={feature.name} feature={feature} />
          ))}
        </List>
      </Stack>
    </Card>
  );
}

function ChooseButton({ plan, state, onChoose }: Pick<PlanCardProps, 'plan' | 'state' | 'onChoose'>) {
  const { plans: texts } = useTexts();
  const label = state === 'current' ? texts.current : state === 'signed-out' ? texts.signIn : texts.choose;
  return (
    <Button
      fullWidth
      variant={plan.popular ? 'filled' : 'outline'}
      disabled={state !== 'open'}
      aria-label={`${label}: ${plan.name}`}
      onClick={onChoose}
    >
      {label}
    </Button>
  );
}

/** What the plan costs; by the month where that can be compared, with what is paid at a time below. */
function Price({ plan, price, currency }: Pick<PlanCardProps, 'plan' | 'price' | 'currency'>) {
  const texts = useTexts();
  if (price === undefined) {
    return (
      <Text fz={36} fw={700} lh={1.1}>
        {texts.plans.free}
      </Text>
    );
  }
  const whole = amountOf(price, currency);
  const monthly = monthlyAmount(plan, price, currency);
  const saving = savingOf(plan, price, currency);
  const shown = monthly ?? whole;
  const seatPrice = plan.seats?.prices.find((one) => isSamePeriod(one, price));
  const isPerSeat = plan.seats !== undefined && seatPrice === undefined;
  return (
    <div>
      <Group gap={6} align="baseline">
        <Text fz={36} fw={700} lh={1.1}>
          {formatAmount(shown.amount, shown.currency, { whole: true })}
        </Text>
        <Text c="dimmed">
          {isPerSeat ? `${texts.parts.perSeat} ` : ''}
          {monthly === null ? perPeriod(price, texts) : texts.common.perInterval.month}
        </Text>
      </Group>
      {monthly === null ? null : (
        <Text size="sm" c="dimmed">
          {texts.plans.billed(formatAmount(whole.amount, whole.currency, { whole: true }), periodName(price, texts))}
        </Text>
      )}
      {seatPrice === undefined ? null : (
        <Text size="sm" c="dimmed">
          {texts.parts.includes(
            plan.seats?.included ?? 0,
            `${formatAmount(amountOf(seatPrice, currency).amount, whole.currency, { whole: true })} ${perPeriod(price, texts)}`,
          )}
        </Text>
      )}
      {saving === null ? null : (
        <Text size="sm" className="saving">
          {texts.plans.saving(
            formatAmount(saving.amount, saving.currency, { whole: true }),
            formatPercent(saving.share),
          )}
        </Text>
      )}
    </div>
  );
}

function Feature({ feature: { name, included } }: { feature: PlanFeature }) {
  const { plans: texts } = useTexts();
  return (
    <List.Item
      icon={
        <ThemeIcon size={20} radius="xl" color={included ? 'green' : 'gray'} variant="light" aria-hidden>
          <svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="2">
            <path d={included ? 'M2.5 6.5l2.5 2.5 4.5-5.5' : 'M3 6h6'} strokeLinecap="round" strokeLinejoin="round" />
          </svg>
        </ThemeIcon>
      }
    >
      <VisuallyHidden>{included ? texts.included : texts.notIncluded} </VisuallyHidden>
      <Text span size="sm" c={included ? undefined : 'dimmed'}>
        {name}
      </Text>
    </List.Item>
  );
}

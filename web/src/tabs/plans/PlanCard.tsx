import { Badge, Button, Card, Group, List, Stack, Text, ThemeIcon, Title, VisuallyHidden } from '@mantine/core';
import { type Plan, type PlanFeature, type PlanInterval } from 'stripe-billing-client';
import { useTexts } from '../../shared/billing-context.js';
import { formatAmount, formatPercent } from '../../shared/format.js';
import { priceOf, yearlySaving } from './prices.js';

/** `blocked`: nothing can be chosen now. */
export type PlanCardState = 'open' | 'current' | 'blocked' | 'signed-out';

interface PlanCardProps {
  plan: Plan;
  interval: PlanInterval;
  state: PlanCardState;
  onChoose: () => void;
}

const POPULAR = 'professional';

export function PlanCard({ plan, interval, state, onChoose }: PlanCardProps) {
  const { plans: texts } = useTexts();
  const popular = plan.tier === POPULAR;
  const label = state === 'current' ? texts.current : state === 'signed-out' ? texts.signIn : texts.choose;
  return (
    <Card
      component="article"
      aria-label={plan.name}
      withBorder
      padding="lg"
      className={popular ? 'plan-card plan-card-popular' : 'plan-card'}
    >
      <Stack gap="md" h="100%">
        <div>
          <Group justify="space-between" gap="xs" mih={28}>
            <Title order={2} size="h3">
              {plan.name}
            </Title>
            {popular ? <Badge variant="filled">{texts.popular}</Badge> : null}
          </Group>
          <Text c="dimmed" size="sm">
            {plan.description}
          </Text>
        </div>
        <Price plan={plan} interval={interval} />
        <Button
          fullWidth
          variant={popular ? 'filled' : 'outline'}
          disabled={state !== 'open' || priceOf(plan, interval) === undefined}
          aria-label={`${label}: ${plan.name}`}
          onClick={onChoose}
        >
          {label}
        </Button>
        <List spacing={6} size="sm" center listStyleType="none" p={0}>
          {plan.features.map((feature) => (
            <Feature key={feature.name} feature={feature} />
          ))}
        </List>
      </Stack>
    </Card>
  );
}

function Price({ plan, interval }: { plan: Plan; interval: PlanInterval }) {
  const texts = useTexts();
  const price = priceOf(plan, interval);
  const saving = interval === 'year' ? yearlySaving(plan) : null;
  if (price === undefined) return null;
  return (
    <div>
      <Group gap={6} align="baseline">
        <Text fz={36} fw={700} lh={1.1}>
          {formatAmount(price.amount, price.currency, { whole: true })}
        </Text>
        <Text c="dimmed">{texts.common.perInterval[interval]}</Text>
      </Group>
      <Text size="sm" mih={22} className="saving">
        {saving === null
          ? ''
          : texts.plans.saving(
              formatAmount(saving.amount, saving.currency, { whole: true }),
              formatPercent(saving.share),
            )}
      </Text>
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

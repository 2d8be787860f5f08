import {
  Button,
  Card,
  Checkbox,
  Divider,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { type AddOnChoice, type Plan, type PlanPrice } from 'stripe-billing-client';
import { useConfig, useCustomer, usePaymentMethods, usePlans } from '../../data/queries.js';
import { useBilling, useTexts } from '../../shared/billing-context.js';
import { cardName } from '../../shared/card-names.js';
import { EmailRequest } from '../../shared/EmailRequest.js';
import { describeError } from '../../shared/errors.js';
import { formatAmount } from '../../shared/format.js';
import { MissingState } from '../../shared/States.js';
import { focusOnOpening, OPENED } from '../../shared/use-kept-focus.js';
import { perPeriod, periodName } from '../../shared/periods.js';
import { addOnsFor, linesOf, type OrderLine, seatsWithin, totalOf } from './order.js';
import { PartsChoice } from './PartsChoice.js';
import { plansIn } from './prices.js';
import { PurchaseActions } from './PurchaseActions.js';

/** How a purchase is paid: by a stored card (its id), on Stripe's page, by Stripe's form here, or not yet. */
export type PayWith = number | 'checkout' | 'form';

export interface Order {
  plan: Plan;
  price: PlanPrice;
  /** How the subscription of the plan's group is asked for. */
  group: string | undefined;
  /** Undefined for a plan without seats. */
  quantity: number | undefined;
  addOns: readonly AddOnChoice[];
  /** What all of it costs for one period. */
  total: number;
  /** 0: none. */
  trialDays: number;
  coupon: string;
}

interface PurchaseProps {
  plan: Plan;
  price: PlanPrice;
  /** How the subscription of the plan's group is asked for. */
  group: string | undefined;
  onClose: () => void;
}

/** The second step of a purchase: what it costs, the coupon, the card. */
export function Purchase({ plan, price, group, onClose }: PurchaseProps) {
  const texts = useTexts();
  const config = useConfig();
  const customer = useCustomer();
  const methods = usePaymentMethods();
  const { data: plans = [] } = usePlans();
  const [quantity, setQuantity] = useState(seatsWithin(plan, 1));
  const [addOns, setAddOns] = useState<AddOnChoice[]>([]);
  const [trial, setTrial] = useState(true);
  const [coupon, setCoupon] = useState('');
  const [chosen, setChosen] = useState<PayWith>();
  const { failure, setFailure } = useBilling();
  const couponError = failure?.field === 'coupon' ? describeError(failure.error, texts) : undefined;
  const couponField = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (couponError !== undefined) couponField.current?.focus();
  }, [couponError]);
  if (config.data === undefined) return <MissingState title={texts.purchase.loadError} of={config} />;
  if (customer.data === undefined) return <MissingState title={texts.purchase.customerLoadError} of={customer} />;
  if (methods.data === undefined) return <MissingState title={texts.paymentMethods.loadError} of={methods} />;

  const offered = (customer.data?.trialAvailable ?? true) ? plan.trialDays : 0;
  const form = !config.data.sandbox && config.data.publishableKey !== undefined;
  const cards = methods.data;
  const payWith = chosen ?? cards[0]?.id ?? (form ? 'form' : 'checkout');
  const offeredAddOns = addOnsFor(plansIn(plans, price.currency), plan.tier, price);
  const lines = linesOf({ plan, price, quantity, addOns }, offeredAddOns);
  const total = totalOf(lines);
  const order: Order = {
    plan,
    price,
    group,
    quantity,
    addOns,
    total,
    trialDays: trial ? offered : 0,
    coupon: coupon.trim(),
  };
  return (
    <Stack gap="lg" component="section" aria-labelledby="purchase-title" {...OPENED}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={2} size="h3" id="purchase-title" tabIndex={-1} ref={focusOnOpening}>
            {texts.purchase.title}
          </Title>
          <Text c="dimmed">{texts.purchase.step}</Text>
        </div>
        <Button variant="default" onClick={onClose}>
          {texts.purchase.back}
        </Button>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Summary order={order} lines={lines} payWith={payWith} />
        <Card withBorder>
          <Stack>
            <PartsChoice
              plan={plan}
              quantity={quantity}
              addOns={addOns}
              offered={offeredAddOns}
              onQuantity={setQuantity}
              onAddOns={setAddOns}
            />
            {offered > 0 ? (
              <Checkbox
                label={texts.purchase.trial(offered)}
                description={texts.purchase.trialHelp(formatAmount(total, price.currency), perPeriod(price, texts))}
                checked={trial}
                onChange={(event) => setTrial(event.currentTarget.checked)}
              />
            ) : null}
            <TextInput
              label={texts.purchase.coupon}
              value={coupon}
              maxLength={100}
              autoComplete="off"
              ref={couponField}
              error={couponError}
              onChange={(event) => {
                setCoupon(event.currentTarget.value);
                if (couponError !== undefined) setFailure(undefined);
              }}
            />
            {cards.length === 0 ? null : <CardChoice payWith={payWith} form={form} onChange={setChosen} />}
            <EmailRequest />
            <PurchaseActions order={order} payWith={payWith} onClose={onClose} />
          </Stack>
        </Card>
      </SimpleGrid>
    </Stack>
  );
}

function CardChoice(props: { payWith: PayWith; form: boolean; onChange: (payWith: PayWith) => void }) {
  const { texts } = useBilling();
  const { data: methods = [] } = usePaymentMethods();
  return (
    <NativeSelect
      label={texts.purchase.card}
      value={String(props.payWith)}
      onChange={({ currentTarget: { value } }) =>
        props.onChange(value === 'checkout' || value === 'form' ? value : Number(value))
      }
      data={[
        ...methods.map((method) => ({ value: String(method.id), label: cardName(method, texts) })),
        ...(props.form ? [{ value: 'form', label: texts.purchase.newCard }] : []),
        { value: 'checkout', label: texts.purchase.otherCard },
      ]}
    />
  );
}

interface SummaryProps {
  order: Order;
  lines: readonly OrderLine[];
  payWith: PayWith;
}

function Summary({ order: { price, total, trialDays }, lines, payWith }: SummaryProps) {
  const texts = useTexts();
  const amount = formatAmount(total, price.currency);
  const labelOf = ({ kind, name, quantity }: OrderLine) => {
    if (kind === 'seats') return texts.parts.further(quantity);
    if (kind === 'add-on') return quantity === 1 ? name : `${name} × ${quantity}`;
    const plan = texts.purchase.plan(name, periodName(price, texts));
    return kind === 'plan' ? plan : `${plan}, ${texts.parts.count(quantity)}`;
  };
  return (
    <Card withBorder>
      <Title order={3} size="h5" mb="sm">
        {texts.purchase.summary}
      </Title>
      {lines.map((line) => (
        <Line
          key={`${line.kind} ${line.name}`}
          label={labelOf(line)}
          value={formatAmount(line.amount, price.currency)}
        />
      ))}
      <Divider my="sm" />
      <Line strong label={texts.purchase.dueToday} value={trialDays > 0 ? formatAmount(0, price.currency) : amount} />
      {trialDays > 0 ? <Line label={texts.purchase.afterTrial} value={`${amount} ${perPeriod(price, texts)}`} /> : null}
      <Text size="sm" c="dimmed" mt="sm">
        {payWith === 'checkout' ? texts.purchase.beforeDiscountCheckout : texts.purchase.beforeDiscount}
      </Text>
    </Card>
  );
}

function Line({ label, value, strong = false }: { label: string; value: string; strong?: boolean }) {
  return (
    <Group justify="space-between" gap="xs" py={2}>
      <Text fw={strong ? 600 : undefined}>{label}</Text>
      <Text fw={strong ? 700 : undefined}>{value}</Text>
    </Group>
  );
}

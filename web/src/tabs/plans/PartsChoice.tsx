import { Checkbox, NumberInput, Stack } from '@mantine/core';
import { type AddOnChoice, type Plan } from 'stripe-billing-client';
import { useTexts } from '../../shared/billing-context.js';
import { formatAmount } from '../../shared/format.js';
import { perPeriod } from '../../shared/periods.js';
import { type OfferedAddOn } from './order.js';
import { amountOf } from './prices.js';

interface PartsChoiceProps {
  plan: Plan;
  /** Undefined for a plan without seats. */
  quantity: number | undefined;
  addOns: readonly AddOnChoice[];
  offered: readonly OfferedAddOn[];
  /** What one pays in already. */
  currency?: string | undefined;
  onQuantity: (quantity: number) => void;
  onAddOns: (addOns: AddOnChoice[]) => void;
}

/** The seats of a plan and its add-ons; nothing where it has neither. */
export function PartsChoice({ plan, quantity, addOns, offered, currency, onQuantity, onAddOns }: PartsChoiceProps) {
  const texts = useTexts();
  const { seats } = plan;
  const toggle = (tier: string, checked: boolean) => {
    const others = addOns.filter((choice) => choice.plan !== tier);
    onAddOns(checked ? [...others, { plan: tier, quantity: 1 }] : others);
  };
  return (
    <>
      {seats === undefined || quantity === undefined ? null : (
        <NumberInput
          label={texts.parts.seats}
          description={seats.included > 0 ? texts.parts.included(seats.included) : undefined}
          value={quantity}
          min={Math.max(seats.min, seats.included)}
          {...(seats.max === undefined ? {} : { max: seats.max })}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="blur"
          onChange={(value) => (typeof value === 'number' ? onQuantity(value) : undefined)}
        />
      )}
      {offered.length === 0 ? null : (
        <Checkbox.Group label={texts.parts.addOns} value={addOns.map((choice) => choice.plan)}>
          <Stack gap="xs" mt="xs">
            {offered.map(({ addOn, price }) => {
              const { amount, currency: code } = amountOf(price, currency);
              const had = addOns.find((choice) => choice.plan === addOn.tier)?.quantity ?? 1;
              return (
                <Checkbox
                  key={addOn.tier}
                  value={addOn.tier}
                  label={texts.parts.addOn(
                    had === 1 ? addOn.name : `${addOn.name} × ${had}`,
                    `${formatAmount(amount * had, code)} ${perPeriod(price, texts)}`,
                  )}
                  description={addOn.description}
                  onChange={(event) => toggle(addOn.tier, event.currentTarget.checked)}
                />
              );
            })}
          </Stack>
        </Checkbox.Group>
      )}
    </>
  );
}

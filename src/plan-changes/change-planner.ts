import { Injectable } from '@nestjs/common';
import { BillingError, validationFailed } from '../common/billing-error.js';
import { type CataloguePlan, type Plan } from '../catalogue/catalogue.js';
import {
  type AddOnChoice,
  carriedQuantity,
  goesWith,
  unitsOf,
  wantedAddOns,
  wantedQuantity,
} from '../catalogue/composition.js';
import { currencyFixed, notSoldIn } from '../catalogue/currency.js';
import { PlansService } from '../catalogue/plans.service.js';
import { type ScheduledState, scheduledStateOf } from '../subscriptions/schedules/subscription-schedule.mapper.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { SubscriptionCommands } from '../subscriptions/subscription-commands.js';
import { SubscriptionGateway } from '../subscriptions/subscription.gateway.js';
import { addOnsOf, addOnsOfRow, quantityOf, type SortedItems } from '../subscriptions/subscription-items.mapper.js';
import { SubscriptionReader } from '../subscriptions/subscription.reader.js';
import { stripeIdOf } from '../subscriptions/subscription-rules.js';
import { isChanged, isUnchanged, type TargetLines } from '../subscriptions/target-lines.js';
import { Targets } from '../subscriptions/targets.js';
import {
  type AskedParts,
  type ChangeSteps,
  isSameScheduled,
  type State,
  stepsInPlan,
  stepsWithPlan,
} from './change-steps.js';
import { type UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { isAbsent, kindOfChange, wantedPlan } from './plan-change.js';
import { SeatsInUse } from './seats-in-use.js';
import { type ChangedItem } from './plan-change.mapper.js';

/** A change as it will be carried out. */
export interface PlannedChange {
  /** As it is now. */
  row: Subscription;
  /** Another plan, or another period, that it leads to at once or later; null: the plan stays. */
  changed: Plan | null;
  /** The caller named the plan that the subscription has, and nothing else. */
  keepsPlan: boolean;
  /** Seats or add-ons are named. */
  asksParts: boolean;
  steps: ChangeSteps;
  /** The items of what is done now. */
  target: TargetLines<ChangedItem>;
  /** Something is done at once. */
  isNow: boolean;
  /** What waits for the end of the period becomes another. */
  changesLater: boolean;
}

/** Of a row that has no item: only its card can be changed, all else is refused where its item is needed. */
const NO_PRICE = 'none';

interface Present {
  row: Subscription;
  sorted: SortedItems<ChangedItem>;
}

/** Finds out what a change asks for: what of it happens now, and what at the end of the period. */
@Injectable()
export class ChangePlanner {
  constructor(
    private readonly plans: PlansService,
    private readonly reader: SubscriptionReader,
    private readonly commands: SubscriptionCommands,
    private readonly gateway: SubscriptionGateway,
    private readonly targets: Targets,
    private readonly seatsInUse: SeatsInUse,
  ) {}

  /**
   * @throws BillingError invalid_tier, invalid_interval, invalid_add_on, validation_failed (quantity), nothing_to_update,
   * not_in_catalogue, add_on_does_not_fit, currency_fixed, seats_in_use, plan_unavailable
   */
  async plan(given: Subscription, wish: UpdateSubscriptionDto): Promise<PlannedChange> {
    const wanted = wantedPlan(given, wish, this.plans.catalogue);
    if (!isAbsent(wish.currency) && wish.currency.toLowerCase() !== given.currency) throw currencyFixed(given.currency);
    const changed = wanted === null || wanted === 'present' ? null : wanted;
    const asked = this.askedParts(given, changed, wish);
    const { row, sorted } = await this.findPresent(given, changed, asked);
    const present: State = {
      price: row.stripePriceId ?? NO_PRICE,
      quantity: quantityOf(sorted),
      addOns: addOnsOf(sorted),
    };
    const schedule = row.stripeScheduleId === null ? null : await this.reader.findSchedule(row);
    const waiting = wanted === null ? scheduledStateOf(schedule) : null;
    const target = this.targetState(row, sorted, present, changed, asked);
    await this.refuseFewerThanInUse(row, present, target, changed?.tier ?? row.tier);
    const when = wish.when ?? 'period_end';
    const steps =
      changed === null
        ? stepsInPlan(present, target, asked, { isTrial: row.status === 'trialing', when }, waiting)
        : stepsWithPlan(present, target, kindOfChange(row, changed, when, this.plans.rankOf), asked);
    this.refuseWhatDoesNotFit(steps, present, waiting);
    const lines = this.linesOf(row, sorted, changed, steps);
    this.refuseOtherCurrency(row, lines.lines.filter(isChanged));
    if (changed !== null) this.refuseOtherCurrency(row, this.pricesOf(changed, target));
    const asksParts = asked.quantity !== null || asked.addOns !== null;
    return {
      row,
      changed,
      keepsPlan: wanted === 'present' && !asksParts,
      asksParts,
      steps,
      target: lines,
      isNow: !isUnchanged(lines),
      changesLater: (changed !== null || asksParts) && !isSameScheduled(steps.later, scheduledStateOf(schedule)),
    };
  }

  /** What is asked for beside the plan, as far as it is sold. */
  private askedParts(
    row: Subscription,
    changed: Plan | null,
    { quantity, add_ons: addOns }: UpdateSubscriptionDto,
  ): AskedParts {
    if (isAbsent(quantity) && isAbsent(addOns)) return { quantity: null, addOns: null };
    const plan = changed ?? row;
    const known = this.plans.catalogue.plans.get(plan.tier);
    if (known === undefined) throw new BillingError('not_in_catalogue');
    return {
      quantity: isAbsent(quantity) ? null : wantedQuantity(known, quantity),
      addOns: isAbsent(addOns) ? null : wantedAddOns(this.plans.catalogue, plan, addOns),
    };
  }

  /** Reads the items at Stripe where more than the plan's is concerned: the row does not know theirs. */
  private async findPresent(row: Subscription, changed: Plan | null, asked: AskedParts): Promise<Present> {
    const sold = this.plans.catalogue.plans.get(row.tier) ?? null;
    const next = changed === null ? null : this.plans.catalogue.plans.get(changed.tier);
    const isPlanAlone =
      asked.quantity === null &&
      asked.addOns === null &&
      addOnsOfRow(row).length === 0 &&
      ![sold, next].some((plan) => plan?.seats?.areItems === true);
    if (isPlanAlone) {
      const item = { id: row.stripeItemId, price: row.stripePriceId ?? NO_PRICE, quantity: row.quantity };
      return { row, sorted: { plan: item, sold, seats: undefined, addOns: [], others: [] } };
    }
    const stripeId = stripeIdOf(row);
    const read = await this.commands.perform(stripeId, () => this.gateway.retrieveExisting(stripeId));
    return { row: read.row ?? row, sorted: await this.targets.sort(read.subscription.items.data) };
  }

  private targetState(
    row: Subscription,
    { sold }: SortedItems<ChangedItem>,
    present: State,
    changed: Plan | null,
    asked: AskedParts,
  ): State {
    const plan = changed === null ? sold : (this.plans.catalogue.plans.get(changed.tier) ?? null);
    const quantity = asked.quantity ?? carriedQuantity(sold, plan, present.quantity);
    const addOns = asked.addOns ?? present.addOns;
    if (changed === null) return { price: present.price, quantity, addOns };
    refuseTooMany(plan, quantity, asked);
    const period = { interval: changed.interval, intervalCount: changed.intervalCount };
    const changesPeriod = changed.interval !== row.interval || changed.intervalCount !== row.intervalCount;
    this.refuseAddOns(addOns, changed.tier, changesPeriod ? period : null);
    return { price: this.plans.priceIdOf(changed), quantity, addOns };
  }

  /** Seats that somebody sits on are not taken away, now or later. */
  private async refuseFewerThanInUse(
    { customerId }: Subscription,
    present: State,
    { quantity }: State,
    tier: string,
  ): Promise<void> {
    const { plans, features } = this.plans.catalogue;
    const feature = features.get(plans.get(tier)?.seats?.feature ?? '');
    if (feature === undefined || quantity >= present.quantity) return;
    const used = await this.seatsInUse.count(customerId, feature.key);
    if (quantity >= used) return;
    const what = `${used} ${used === 1 ? feature.one : feature.name}`;
    throw new BillingError('seats_in_use', `In use: ${what}. Free some first, or keep at least ${used} seats`);
  }

  /** What waits for the end of the period must take the add-ons that are to be had then. */
  private refuseWhatDoesNotFit({ now, later }: ChangeSteps, present: State, waiting: ScheduledState | null): void {
    if (later === null || waiting === null || later.price === present.price) return;
    const thing = this.plans.findSold({ id: later.price, product: null });
    if (thing !== null) this.refuseAddOns(later.addOns ?? now.addOns, thing.plan.key, this.plans.periodOf(later.price));
  }

  private refuseAddOns(
    addOns: readonly AddOnChoice[],
    tier: string,
    period: { interval: string; intervalCount: number } | null,
  ) {
    const { catalogue } = this.plans;
    const misfit = addOns.find(
      (addOn) =>
        !goesWith(catalogue, addOn.tier, { tier }) ||
        (period !== null && !catalogue.sells({ ...(period as Plan), tier: addOn.tier })),
    );
    if (misfit === undefined) return;
    const detail = `The add-on ${misfit.tier} does not go with ${tier} at that interval; drop it with the same change`;
    throw new BillingError('add_on_does_not_fit', detail);
  }

  /** A subscription keeps its currency, so that what comes to it must be sold in it. */
  private refuseOtherCurrency({ currency }: Subscription, lines: readonly { price: string }[]): void {
    const other = lines.find(({ price }) => !this.plans.isSoldIn(price, currency));
    if (other === undefined) return;
    const thing = this.plans.findSold({ id: other.price, product: null });
    throw notSoldIn(currency, thing?.plan.key ?? 'this');
  }

  /** The prices of another plan with its seats and add-ons, now or later. */
  private pricesOf(plan: Plan, { price, quantity, addOns }: State): { price: string }[] {
    const { seats } = unitsOf(this.plans.catalogue.plans.get(plan.tier) ?? null, quantity);
    const ofSeats = seats > 0 ? [this.plans.priceIdOf(plan, 'seat')] : [];
    const ofAddOns = addOns.map(({ tier }) => this.plans.priceIdOf({ ...plan, tier }));
    return [price, ...ofSeats, ...ofAddOns].map((id) => ({ price: id }));
  }

  private linesOf(
    row: Subscription,
    sorted: SortedItems<ChangedItem>,
    changed: Plan | null,
    { now }: ChangeSteps,
  ): TargetLines<ChangedItem> {
    const changesPlan = changed !== null && now.price !== row.stripePriceId;
    const plan = changesPlan ? (this.plans.catalogue.plans.get(changed.tier) ?? null) : sorted.sold;
    const lines = this.targets.lines(sorted, { ...now, plan }, changesPlan ? changed : row, true);
    const seats = unitsOf(plan, now.quantity).seats;
    if (lines.lines.length !== 1 + (seats > 0 ? 1 : 0) + now.addOns.length) throw new BillingError('plan_unavailable');
    return lines;
  }
}

function refuseTooMany(plan: CataloguePlan | null, quantity: number, asked: AskedParts): void {
  const max = plan?.seats?.max ?? null;
  if (asked.quantity !== null || max === null || quantity <= max) return;
  const message = `quantity must be named, since ${plan?.key} has ${max} seats at most and the subscription has ${quantity}`;
  throw validationFailed([{ field: 'quantity', message }]);
}

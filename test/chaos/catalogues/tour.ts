import { type Random } from '../ordering-model/random.js';
import { type Wish } from './contract.js';
import { type DrawnPlan, type DrawnPrice } from './shop.js';

/** A plan at one of its prices. */
export type Option = Pick<Wish, 'plan' | 'price'>;

/** The changes of a group that are still to be made: from each plan to each other, and between the periods of each. */
export class Tour {
  private readonly left = new Map<string, { from: (at: Option) => boolean; start: Option; to: Option }>();

  constructor(
    private readonly random: Random,
    private readonly options: readonly Option[],
  ) {
    const plans = [...new Set(options.map(({ plan }) => plan))];
    for (const start of options)
      for (const price of start.plan.prices)
        if (price !== start.price) this.add(start, { plan: start.plan, price }, (at) => at.price === start.price);
    for (const from of plans)
      for (const plan of plans)
        if (plan !== from) this.add(this.optionOf(from), this.optionOf(plan), (at) => at.plan === from);
  }

  get isOver(): boolean {
    return this.left.size === 0;
  }

  /** What somebody is to change to; null: everything was tried from there. */
  next(at: Option): Option | null {
    const found = [...this.left].filter(([, { from }]) => from(at));
    const [first, ...others] = found;
    if (first === undefined) return null;
    const [key, { to }] = this.random.pick([first, ...others]);
    this.left.delete(key);
    return to;
  }

  /** Where somebody has to begin for what is left, since nobody of those there are is there. */
  missing(all: readonly Option[]): Option[] {
    const starts: Option[] = [];
    for (const { from, start } of this.left.values())
      if (![...all, ...starts].some((at) => from(at))) starts.push(start);
    return starts;
  }

  private add(start: Option, to: Option, from: (at: Option) => boolean): void {
    const nameOf = ({ plan, price }: Option) => `${plan.key} ${price.count} ${price.interval}`;
    const key = start.plan === to.plan ? `${nameOf(start)} → ${nameOf(to)}` : `${start.plan.key} → ${to.plan.key}`;
    this.left.set(key, { from, start, to });
  }

  private optionOf(plan: DrawnPlan): Option {
    const own = this.options.filter((option) => option.plan === plan);
    const [first, ...others] = own;
    if (first === undefined) throw new Error(`${plan.key} has no price`);
    return this.random.pick<{ plan: DrawnPlan; price: DrawnPrice }>([first, ...others]);
  }
}

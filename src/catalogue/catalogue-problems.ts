import { Money } from '../common/money.js';
import { type CatalogueContent } from './catalogue.schema.js';

type PlanContent = CatalogueContent['plans'][string];
type PriceContent = PlanContent['prices'][number];

/** What is wrong with a catalogue, and where: `plans.team.prices[0].amounts.usd`. */
export interface CatalogueProblem {
  path: string;
  message: string;
}

/** The word that stands for a price of no plan. */
const RESERVED = ['custom'];

/** The mistakes that the form alone does not show. */
export function catalogueProblems(content: CatalogueContent): CatalogueProblem[] {
  const plans = Object.entries(content.plans);
  const defaults = plans.filter(([, plan]) => plan.default).map(([key]) => key);
  return [
    ...(plans.length === 0 ? [{ path: 'plans', message: 'needs a plan' }] : []),
    ...defaults.slice(1).map((key) => ({ path: `plans.${key}.default`, message: `${defaults[0]} is the default` })),
    ...plans.flatMap(([key, plan]) => planProblems(key, plan, content)),
    ...rankProblems(content),
    ...samePrices(content),
  ];
}

function planProblems(key: string, plan: PlanContent, content: CatalogueContent): CatalogueProblem[] {
  const path = `plans.${key}`;
  const problems: CatalogueProblem[] = [];
  const refuse = (where: string, message: string) => problems.push({ path: `${path}${where}`, message });
  if (RESERVED.includes(key)) refuse('', 'is a word of ours: choose another key');
  if (plan.default && plan.prices.length > 0) refuse('.default', 'a default plan is not bought: it has no prices');
  if (plan.prices.length === 0 && plan.name === undefined) refuse('.name', 'must be set without prices');
  if (plan.add_on) addOnProblems(plan, content).forEach(([where, message]) => refuse(where, message));
  else if (plan.with.length > 0) refuse('.with', 'is for an add-on');
  for (const [feature, value] of Object.entries(plan.features)) {
    const message = featureProblem(content.features[feature]?.type, value);
    if (message !== null) refuse(`.features.${feature}`, message);
  }
  problems.push(...priceProblems(`${path}.prices`, plan.prices, content.currency));
  if (plan.seats !== undefined) problems.push(...seatProblems(`${path}.seats`, plan, plan.seats, content));
  return problems;
}

function addOnProblems(plan: PlanContent, { plans }: CatalogueContent): [string, string][] {
  const problems: [string, string][] = [];
  for (const name of ['group', 'seats', 'trial_days', 'rank'] as const)
    if (plan[name] !== undefined) problems.push([`.${name}`, 'is not for an add-on']);
  if (plan.default) problems.push(['.default', 'is not for an add-on']);
  if (plan.prices.length === 0) problems.push(['.prices', 'an add-on needs a price']);
  plan.with.forEach((other, place) => {
    if (plans[other] === undefined) problems.push([`.with[${place}]`, `there is no plan ${other}`]);
    else if (plans[other].add_on) problems.push([`.with[${place}]`, `${other} is an add-on itself`]);
  });
  return problems;
}

function featureProblem(type: string | undefined, value: unknown): string | null {
  if (type === undefined) return 'is not among the features of the catalogue';
  if (type === 'flag') return typeof value === 'boolean' ? null : 'must be true or false for a flag';
  return typeof value === 'boolean' ? 'must be a number or "unlimited"' : null;
}

function priceProblems(path: string, prices: readonly PriceContent[], currency: string): CatalogueProblem[] {
  const seen = new Set<string>();
  return prices.flatMap(({ interval, interval_count: times, amounts }, place) => {
    const problems: CatalogueProblem[] = [];
    const period = `${times} ${interval}`;
    if (seen.has(period))
      problems.push({ path: `${path}[${place}]`, message: `there is a price for ${period} already` });
    seen.add(period);
    if (amounts !== undefined && amounts[currency] === undefined)
      problems.push({ path: `${path}[${place}].amounts`, message: `needs the catalogue's currency ${currency}` });
    for (const [code, amount] of Object.entries(amounts ?? {}))
      if (!isExact(amount, code))
        problems.push({ path: `${path}[${place}].amounts.${code}`, message: 'is finer than the currency' });
    return problems;
  });
}

function isExact(amount: number, currency: string): boolean {
  try {
    Money.fromDecimal(String(amount), currency);
    return true;
  } catch {
    return false;
  }
}

function seatProblems(
  path: string,
  { prices }: PlanContent,
  seats: NonNullable<PlanContent['seats']>,
  { currency, features }: CatalogueContent,
): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  const refuse = (where: string, message: string) => problems.push({ path: `${path}${where}`, message });
  if (prices.length === 0) refuse('', 'needs prices of the plan');
  if (seats.max !== undefined && seats.max < seats.min) refuse('.max', 'is below min');
  if (seats.prices.length === 0 && seats.included > 0)
    refuse('.included', 'needs seats.prices: without them each seat has the price of the plan');
  if (seats.feature !== undefined && features[seats.feature]?.type !== 'limit')
    refuse('.feature', 'is no feature with a limit');
  const periods = seats.prices.map(({ interval, interval_count: times }) => `${times} ${interval}`);
  if (periods.length > 0)
    prices.forEach(({ interval, interval_count: times }) => {
      if (!periods.includes(`${times} ${interval}`)) refuse('.prices', `has none for ${times} ${interval}`);
    });
  return [...problems, ...priceProblems(`${path}.prices`, seats.prices, currency)];
}

/** In a group all plans that are bought have a rank, or none has: a rank and a price cannot be compared. */
function rankProblems({ plans }: CatalogueContent): CatalogueProblem[] {
  const sold = Object.entries(plans).filter(([, plan]) => !plan.add_on && plan.prices.length > 0);
  return sold.flatMap(([key, plan]) => {
    const ranked = sold.find(([, other]) => groupOf(other) === groupOf(plan) && other.rank !== undefined);
    if (plan.rank !== undefined || ranked === undefined) return [];
    return [{ path: `plans.${key}.rank`, message: `must be set, since ${ranked[0]} of the same group has one` }];
  });
}

function groupOf(plan: PlanContent): string {
  return plan.group ?? 'main';
}

/** A price sells one thing. */
function samePrices({ plans }: CatalogueContent): CatalogueProblem[] {
  const seen = new Map<string, string>();
  const problems: CatalogueProblem[] = [];
  const note = (path: string, name: string | undefined) => {
    if (name === undefined) return;
    const other = seen.get(name);
    if (other !== undefined) problems.push({ path, message: `is the same price as ${other}` });
    else seen.set(name, path);
  };
  for (const [key, plan] of Object.entries(plans)) {
    const noteAll = (path: string, prices: readonly PriceContent[]) =>
      prices.forEach(({ price, lookup_key: lookupKey }, place) => {
        note(`${path}[${place}].price`, price);
        note(`${path}[${place}].lookup_key`, lookupKey);
      });
    noteAll(`plans.${key}.prices`, plan.prices);
    noteAll(`plans.${key}.seats.prices`, plan.seats?.prices ?? []);
    plan.earlier_prices.forEach((id, place) => note(`plans.${key}.earlier_prices[${place}]`, id));
  }
  return problems;
}

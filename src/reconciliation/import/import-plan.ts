import { type ParsedPayer, payerName } from '../../auth/payer-name.js';

/** Why a Stripe customer is a payer's; the first that holds. */
export type ImportRule = 'billing_payer' | 'map' | 'metadata_key' | 'email_verified';

/**
 * will_link: `--apply` links it · already_linked: it is linked here · linked_elsewhere: it is linked here to another payer than
 * the map names · second_customer: its payer has another one, here or by this import ·
 * ambiguous: several of one payer, and nothing tells which; or several users of one e-mail · no_payer: no rule names one ·
 * invalid_payer: what the metadata has is no subject · payer_closed · other_installation: it carries another billing_instance ·
 * deleted: the map names it, and Stripe has it no more.
 */
type ImportVerdict =
  | 'will_link'
  | 'already_linked'
  | 'linked_elsewhere'
  | 'second_customer'
  | 'ambiguous'
  | 'no_payer'
  | 'invalid_payer'
  | 'payer_closed'
  | 'other_installation'
  | 'deleted';

/**
 * What to look at before a customer is linked. custom_price: a live subscription of a price of no plan: it is `custom` unless
 * a plan names the price among its earlier_prices · paused: nothing is collected for one · several_live: several of one group.
 */
type ImportNote = 'custom_price' | 'paused' | 'several_live';

/** A live subscription at Stripe. */
export interface LiveContract {
  /** Null: of a price of no plan. */
  group: string | null;
  /** `price_…` of the plan, or of what stands in its place. */
  price: string | null;
  isPaused: boolean;
}

/** A customer of the account, and whose the rules say that it is. */
export interface ImportCandidate {
  stripeCustomerId: string;
  live: readonly LiveContract[];
  /** A verdict that no rule changes. */
  settled?: 'other_installation' | 'deleted' | 'invalid_payer' | 'ambiguous';
  claim: { payer: ParsedPayer; rule: ImportRule } | null;
}

/** What stands here already. */
export interface KnownHere {
  /** Payer by the Stripe customer that is linked to it. */
  payerOf: ReadonlyMap<string, string>;
  /** Names of payers that were closed. */
  closed: ReadonlySet<string>;
}

/** What is proposed for one customer, or was done. */
export interface ImportLine {
  stripe_customer_id: string;
  /** `user:<sub>` or `org:<id>`; null where nobody is known. */
  payer: string | null;
  rule: ImportRule | null;
  verdict: ImportVerdict | 'linked' | 'refused';
  live_subscriptions: number;
  notes: ImportNote[];
  /** Prices of no plan of its live subscriptions. */
  custom_prices: string[];
  /** Why it was refused. */
  error?: string;
}

/** Says of each customer what is to become of it. Pure: the same account and the same tables give the same lines. */
export function planImport(candidates: readonly ImportCandidate[], known: KnownHere): ImportLine[] {
  const taken = new Set(known.payerOf.values());
  const rivals = new Map<string, ImportCandidate[]>();
  const verdicts = new Map<ImportCandidate, ImportVerdict>();
  for (const candidate of candidates) {
    const verdict = alone(candidate, known, taken);
    if (verdict !== null) verdicts.set(candidate, verdict);
    else if (candidate.claim !== null) {
      const name = payerName(candidate.claim.payer);
      rivals.set(name, [...(rivals.get(name) ?? []), candidate]);
    }
  }
  for (const group of rivals.values())
    for (const [candidate, verdict] of together(group)) verdicts.set(candidate, verdict);
  return candidates.map((candidate) => toLine(candidate, verdicts.get(candidate) ?? 'no_payer', known));
}

/** The verdict that other customers have no say in; null where they have. */
function alone(
  { stripeCustomerId, settled, claim }: ImportCandidate,
  { payerOf, closed }: KnownHere,
  taken: ReadonlySet<string>,
): ImportVerdict | null {
  const name = claim === null ? null : payerName(claim.payer);
  const linked = payerOf.get(stripeCustomerId);
  // An operator may have given it to somebody else since, so only the operator's own word counts against it.
  if (linked !== undefined) return claim?.rule === 'map' && linked !== name ? 'linked_elsewhere' : 'already_linked';
  if (settled !== undefined) return settled;
  if (name === null) return 'no_payer';
  if (closed.has(name)) return 'payer_closed';
  return taken.has(name) ? 'second_customer' : null;
}

/** Customers of one payer: what the map or this installation says comes first, then the one that is still paid for. */
function together(rivals: readonly ImportCandidate[]): [ImportCandidate, ImportVerdict][] {
  const named = rivals.filter(({ claim }) => claim?.rule === 'map' || claim?.rule === 'billing_payer');
  const eligible = named.length > 0 ? named : rivals;
  const live = eligible.filter((candidate) => candidate.live.length > 0);
  const [winner] = eligible.length === 1 ? eligible : live.length === 1 ? live : [];
  return rivals.map((candidate) => {
    if (winner !== undefined) return [candidate, candidate === winner ? 'will_link' : 'second_customer'];
    return [candidate, eligible.includes(candidate) ? 'ambiguous' : 'second_customer'];
  });
}

function toLine(candidate: ImportCandidate, verdict: ImportVerdict, known: KnownHere): ImportLine {
  const { stripeCustomerId, live, claim } = candidate;
  const custom = live.filter(({ group }) => group === null);
  const groups = live.flatMap(({ group }) => group ?? []);
  const notes: [ImportNote, boolean][] = [
    ['custom_price', custom.length > 0],
    ['paused', live.some(({ isPaused }) => isPaused)],
    ['several_live', new Set(groups).size < groups.length],
  ];
  const linked = known.payerOf.get(stripeCustomerId);
  return {
    stripe_customer_id: stripeCustomerId,
    payer: verdict === 'already_linked' ? (linked ?? null) : claim === null ? null : payerName(claim.payer),
    rule: claim?.rule ?? null,
    verdict,
    live_subscriptions: live.length,
    notes: notes.flatMap(([note, holds]) => (holds ? [note] : [])),
    custom_prices: [...new Set(custom.flatMap(({ price }) => price ?? []))],
  };
}

import { type ImportLine } from '../reconciliation/import/import-plan.js';

/** How many customers stand by verdict, and by note. */
export interface ImportTotals {
  customers: number;
  verdicts: Record<string, number>;
  notes: Record<string, number>;
}

const MOST_SHOWN = 40;
/** What needs no eye on it, unless there is a note. */
const PLAIN = new Set(['will_link', 'linked', 'already_linked', 'no_payer']);
const COLUMNS = ['stripe_customer_id', 'payer', 'rule', 'verdict', 'live_subscriptions', 'notes', 'error'] as const;

/** For people: what each verdict means, and what to do about it. */
const MEANINGS: Record<ImportLine['verdict'] | ImportLine['notes'][number], string> = {
  will_link: 'will be linked with --apply',
  linked: 'linked now',
  already_linked: 'linked here before',
  linked_elsewhere: 'linked here to another payer than the map names; give it with POST /payers/<payer>/link',
  second_customer: 'its payer has another Stripe customer, here or by this import',
  ambiguous: 'several customers of one payer, or several users of one e-mail; name one with --map',
  no_payer: 'no rule says whose it is',
  invalid_payer: 'what its metadata has is no subject',
  payer_closed: 'its payer was closed',
  other_installation: 'another installation made it',
  deleted: 'named by the map, but not at Stripe',
  refused: 'could not be linked; the error says why',
  custom_price: 'a price of no plan: custom, unless a plan names it in earlier_prices',
  paused: 'a live subscription is paused, or nothing is collected for it',
  several_live: 'several live subscriptions of one group: the oldest counts, the others are flagged',
};

export function totalsOf(lines: readonly ImportLine[]): ImportTotals {
  return {
    customers: lines.length,
    verdicts: count(lines.map(({ verdict }) => verdict)),
    notes: count(lines.flatMap(({ notes }) => notes)),
  };
}

function count<Name extends string>(names: readonly Name[]): Partial<Record<Name, number>> {
  const found: Partial<Record<Name, number>> = {};
  for (const name of names) found[name] = (found[name] ?? 0) + 1;
  return found;
}

/** The customers to look at as a table, then the totals. */
export function toText(lines: readonly ImportLine[]): string {
  const shown = lines.filter(({ verdict, notes }) => !PLAIN.has(verdict) || notes.length > 0);
  const rows = shown.slice(0, MOST_SHOWN).map((line) => COLUMNS.map((column) => cellOf(line, column)));
  const more = shown.length > MOST_SHOWN ? [`… and ${shown.length - MOST_SHOWN} more: --report FILE has all`] : [];
  const table = rows.length === 0 ? [] : [...aligned([[...COLUMNS], ...rows]), ...more, ''];
  const { verdicts, notes, customers } = totalsOf(lines);
  const totals = [...Object.entries(verdicts), ...Object.entries(notes)].map(([name, number]) => [
    name,
    number.toLocaleString('en').padStart(9),
    MEANINGS[name as keyof typeof MEANINGS],
  ]);
  return [...table, ...aligned([...totals, ['customers', customers.toLocaleString('en').padStart(9), '']])].join('\n');
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, place) => Math.max(...rows.map((row) => row[place]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, place) => cell.padEnd(widths[place] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Every customer: CSV for a file of that name, else JSON lines. Ids alone, nothing about a person. */
export function toFile(lines: readonly ImportLine[], file: string): string {
  if (!file.toLowerCase().endsWith('.csv')) return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const rows = lines.map((line) => COLUMNS.map((column) => quoted(cellOf(line, column))).join(','));
  return [COLUMNS.join(','), ...rows].map((row) => `${row}\r\n`).join('');
}

function cellOf(line: ImportLine, column: (typeof COLUMNS)[number]): string {
  if (column === 'notes')
    return line.notes
      .map((note) => (note === 'custom_price' ? [note, ...line.custom_prices].join(' ') : note))
      .join('; ');
  return String(line[column] ?? '');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

import { type ParsedPayer, parsePayerName, payerName } from '../../auth/payer-name.js';

/** Whose a Stripe customer is, as the operator's file says it. */
export type ImportMap = ReadonlyMap<string, ParsedPayer>;

/** A file that says something else than it may; the message names the line. */
export class ImportMapError extends Error {
  override readonly name = 'ImportMapError';
}

interface Entry {
  stripe_customer_id?: unknown;
  subject?: unknown;
  organization?: unknown;
}

const COLUMNS = ['stripe_customer_id', 'subject', 'organization'] as const;
const CUSTOMER_ID = /^cus_[A-Za-z0-9_]{1,250}$/;

/**
 * Reads such a file: JSON lines, or CSV (RFC 4180) with the columns `stripe_customer_id`, `subject` and `organization` of
 * which the last may be missing; a first line with their names may give another order. Where an organization stands the
 * customer is the organization's, else the person's.
 * @throws ImportMapError for a line that cannot be understood, and for a customer that is named for two payers
 */
export function parseImportMap(text: string): ImportMap {
  const content = text.replace(/^\uFEFF/, '');
  const entries = content.trimStart().startsWith('{') ? jsonEntries(content) : csvEntries(content);
  const map = new Map<string, ParsedPayer>();
  for (const { line, entry } of entries) {
    const [id, payer] = readEntry(line, entry);
    const known = map.get(id);
    if (known !== undefined && payerName(known) !== payerName(payer))
      throw new ImportMapError(`line ${line}: ${id} is named for two payers`);
    map.set(id, payer);
  }
  return map;
}

function readEntry(line: number, { stripe_customer_id: id, subject, organization }: Entry): [string, ParsedPayer] {
  if (typeof id !== 'string' || !CUSTOMER_ID.test(id))
    throw new ImportMapError(`line ${line}: stripe_customer_id must be cus_…`);
  const [prefix, name] = isGiven(organization) ? ['org:', organization] : ['user:', subject];
  const payer = typeof name === 'string' ? parsePayerName(`${prefix}${name}`) : null;
  if (payer === null)
    throw new ImportMapError(
      `line ${line}: subject, or organization, must be a text of at most 255 characters without space around it`,
    );
  return [id, payer];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function* jsonEntries(text: string): Generator<{ line: number; entry: Entry }> {
  for (const [place, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      throw new ImportMapError(`line ${place + 1}: it is no JSON`);
    }
    if (typeof entry !== 'object' || entry === null) throw new ImportMapError(`line ${place + 1}: it is no object`);
    yield { line: place + 1, entry };
  }
}

function* csvEntries(text: string): Generator<{ line: number; entry: Entry }> {
  let columns: readonly string[] = COLUMNS;
  let isFirst = true;
  for (const { line, fields } of csvRecords(text)) {
    if (fields.length === 1 && fields[0]?.trim() === '') continue;
    const isHeader = isFirst && fields.includes('stripe_customer_id');
    isFirst = false;
    if (isHeader) columns = fields;
    else if (fields.length > columns.length) throw new ImportMapError(`line ${line}: it has too many fields`);
    else yield { line, entry: Object.fromEntries(fields.map((field, place) => [columns[place] ?? '', field])) };
  }
}

/** One field, quoted or plain, and what ends it. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** The records of a CSV text, each with the line that it begins in. */
function* csvRecords(text: string): Generator<{ line: number; fields: string[] }> {
  FIELD.lastIndex = 0;
  for (let line = 1, at = 0; at < text.length;) {
    const fields: string[] = [];
    const from = at;
    for (let end = ','; end === ',';) {
      FIELD.lastIndex = at;
      const found = FIELD.exec(text);
      if (found === null) throw new ImportMapError(`line ${line}: a quote is not closed, or stands inside a field`);
      fields.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
      end = found[3] ?? '';
      at += found[0].length;
    }
    yield { line, fields };
    line += text.slice(from, at).split('\n').length - 1;
  }
}

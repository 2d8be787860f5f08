const MOST_INTEGER = 2_147_483_647;

/**
 * A text as a column of PostgreSQL can hold and return it: cut to a number of characters, never through one that takes
 * two units of UTF-16, without half characters and NUL.
 */
export function storableText(text: string, most = Infinity): string {
  const whole = Buffer.from(text, 'utf8').toString('utf8').replaceAll('\0', '');
  return whole.length <= most ? whole : [...whole].slice(0, most).join('');
}

/** A count as a column of the type integer can hold it. */
export function storableInteger(count: number): number {
  return Math.min(MOST_INTEGER, Math.max(-MOST_INTEGER, Math.trunc(count)));
}

/** Seconds since 1970 of the last moment of the year 9999: later ones have no ISO 8601 text of four digits. */
const LAST_MOMENT = 253_402_300_799;

/** A moment as a column of the type timestamptz can hold it, and as an answer can tell it; null for none at all. */
export function storableDate(date: Date): Date | null {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) return null;
  return new Date(Math.min(LAST_MOMENT * 1000, Math.max(0, milliseconds)));
}

/** A value as a column of the type jsonb can hold and return it: PostgreSQL refuses NUL and half characters there, too. */
export function storableJson(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storableJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), storableJson(inner)]));
}

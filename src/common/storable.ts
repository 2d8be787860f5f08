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

/** Amounts and dates in the words of the reader's language. */

/** `78.5`, `usd` → `$78.50`; whole amounts of a price list without decimals when `whole` is set. */
export function formatAmount(amount: number, currency: string, { whole = false } = {}): string {
  const digits = whole && Number.isInteger(amount) ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
  return new Intl.NumberFormat(undefined, { style: 'currency', currency: currency.toUpperCase(), ...digits }).format(
    amount,
  );
}

/** `November 24, 2026`; what is absent is a dash. */
export function formatDate(date: string | undefined): string {
  return date === undefined ? '–' : new Intl.DateTimeFormat(undefined, { dateStyle: 'long' }).format(new Date(date));
}

/** `Nov 24, 2026`, for tables. */
export function formatShortDate(date: string | undefined): string {
  return date === undefined ? '–' : new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(new Date(date));
}

/** Month and year of an expiry, `12/2030`. */
export function formatExpiry(month: number, year: number): string {
  return `${String(month).padStart(2, '0')}/${year}`;
}

/** `0.1666` → `17%`. */
export function formatPercent(share: number): string {
  return new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

const DAY_MS = 86_400_000;

/** Whole days from now until a moment, none when it has passed. */
export function daysUntil(date: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(date) - now) / DAY_MS));
}

/** How much of a period has passed, 0 to 100. */
export function periodProgress(start: string, end: string, now: number): number {
  const length = Date.parse(end) - Date.parse(start);
  return length <= 0 ? 100 : Math.min(100, Math.max(0, ((now - Date.parse(start)) / length) * 100));
}

/** True when every given column has the same value in the row. Dates compare by moment, JSON by content. */
export function sameContent(row: object, columns: object): boolean {
  return differingProperties(row, columns).length === 0;
}

/** Names of the given columns whose value in the row is another one. */
export function differingProperties(row: object, columns: object): string[] {
  const stored = row as Record<string, unknown>;
  return Object.entries(columns)
    .filter(([name, value]) => canonical(stored[name]) !== canonical(value))
    .map(([name]) => name);
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, nested: unknown) => {
    if (nested === null || typeof nested !== 'object' || Array.isArray(nested)) return nested;
    return Object.fromEntries(Object.entries(nested).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}

/** True when every given column has the same value in the row. Dates compare by moment, JSON by content. */
export function sameContent(row: object, columns: object): boolean {
  return Object.entries(columns).every(([name, value]) => {
    const stored: unknown = (row as Record<string, unknown>)[name];
    return canonical(stored) === canonical(value);
  });
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, nested: unknown) => {
    if (nested === null || typeof nested !== 'object' || Array.isArray(nested)) return nested;
    return Object.fromEntries(Object.entries(nested).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}

/** The id of a field that Stripe sends as an id or, when expanded, as the object. */
export function idOf(field: string | { id: string }): string;
export function idOf(field: string | { id: string } | null | undefined): string | null;
export function idOf(field: string | { id: string } | null | undefined): string | null {
  if (field === null || field === undefined) return null;
  return typeof field === 'string' ? field : field.id;
}

/** The object of a field that was expanded; null when Stripe sent only its id, or nothing. */
export function expanded<T extends object>(field: string | T | null | undefined): T | null {
  return field !== null && typeof field === 'object' ? field : null;
}

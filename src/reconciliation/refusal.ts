import { sqlState } from '../database/transactions.js';

/** Why an object cannot be written while others may well be: its values are refused, or cannot be mapped; else null. */
export function refusalOf(error: unknown): string | null {
  const state = sqlState(error);
  if (state !== undefined) return state.startsWith('22') || state.startsWith('23') ? state : null;
  return error instanceof TypeError || error instanceof RangeError ? error.name : null;
}

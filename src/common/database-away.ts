/**
 * SQLSTATEs of a server that is not there, not ready, full, or too slow: connection (08), resources (53), operator (57),
 * system (58), credentials (28), locks that are not given in time (55P03), a standby (25006), and conflicts that outlasted
 * their repetition (40).
 */
const AWAY_STATES = /^(08|53|57|58|28|40|55P03|25006|3D000)/;
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);
/** The pg package has no codes for these. */
const AWAY_TEXTS = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect/,
  /^timeout expired/,
  /^Query read timeout/,
  /is not queryable$/,
  /^Driver not Connected/,
];

interface DriverError extends Error {
  code?: unknown;
  syscall?: unknown;
  driverError?: unknown;
}

/** True for an error of the pool or of a query that says: PostgreSQL cannot be used now. */
export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, syscall, driverError, message = '' } = error as Partial<DriverError>;
  if (driverError !== undefined) return isDatabaseAway(driverError);
  if (AWAY_TEXTS.some((text) => text.test(message))) return true;
  if (typeof code !== 'string') return false;
  // The socket of a server on this machine is a file, which is gone while the server is.
  return AWAY_STATES.test(code) || NETWORK_CODES.has(code) || (code === 'ENOENT' && syscall === 'connect');
}

import { useEffect, useState } from 'react';
import { useConfig } from '../data/queries.js';

const MINUTE_MS = 60_000;

/**
 * The time of the service in milliseconds since 1970, to the minute; undefined until it has told it. The browser's own
 * clock may be wrong, and that of the Stripe sandbox is moved on purpose.
 */
export function useNow(): number | undefined {
  const { data: config, dataUpdatedAt } = useConfig();
  const [ticked, setTicked] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setTicked(Date.now()), MINUTE_MS);
    return () => clearInterval(ticking);
  }, []);
  if (config === undefined) return undefined;
  return Date.parse(config.now) + Math.max(0, ticked - dataUpdatedAt);
}

const FIRST_SECONDS = 2;
const FACTOR = 3;
const LONGEST_SECONDS = 2 * 3600;

/**
 * Seconds until something is retried: 2 s after the first failure, three times as long after each further one, two
 * hours at most. Up to half of it is left out at random, so that what failed together does not come back together.
 * @param attempts attempts so far, at least 1
 * @param random from 0 to below 1
 */
export function retryAfterSeconds(attempts: number, random: number = Math.random()): number {
  const full = Math.min(LONGEST_SECONDS, FIRST_SECONDS * FACTOR ** (attempts - 1));
  return full * (1 - random / 2);
}

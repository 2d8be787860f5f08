import { eventually } from '../../support/child-programs.js';
import { type TestedService } from '../../support/test-app.js';
import { missingEvents } from './invariants.js';

/** Stripe lists events for 30 days: what was not delivered must have been looked for by then. */
const LONGEST_WITH_LOSSES = 8 * 86_400;

/** Lets time pass at Stripe, for everybody, by so many seconds. */
export type PassTime = (seconds: number) => Promise<void>;

/**
 * @param losesEvents whether deliveries are dropped for good, so that the list of events is all that tells of them: time
 *   then passes for one after the other, each time only once nothing is missing
 */
export function passTimeOf(app: TestedService, losesEvents: boolean): PassTime {
  const advance = async (seconds: number): Promise<void> => {
    await app.control('advance', { seconds });
  };
  if (!losesEvents) return advance;
  let last: Promise<unknown> = Promise.resolve();
  return (seconds) => {
    const passed = last.then(async () => {
      await eventually(async () => (await missingEvents(app)).length === 0, 30);
      await advance(Math.min(seconds, LONGEST_WITH_LOSSES));
    });
    last = passed.catch(() => undefined);
    return passed;
  };
}

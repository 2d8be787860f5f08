/** How the usage that meter events report adds up. Times are whole seconds since 1970, UTC. */

type Formula = 'count' | 'last' | 'sum';

/** One reported event. */
export interface Usage {
  readonly value: number;
  readonly timestamp: number;
}

/** What a formula makes of events in the order in which they were reported; 0 without any. */
export function aggregate(formula: string, events: readonly Usage[]): number {
  if (formula === 'count') return events.length;
  if (formula === 'sum') return events.reduce((total, event) => total + event.value, 0);
  const [first, ...rest] = events;
  if (first === undefined) return 0;
  return rest.reduce((latest, event) => (event.timestamp >= latest.timestamp ? event : latest), first).value;
}

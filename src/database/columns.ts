import { type ValueTransformer } from 'typeorm';

/** PostgreSQL's bigint as a JavaScript number: for counters and epoch seconds, which stay below 2^53. */
export const bigintAsNumber: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

/** Precision and scale of every money column: major units with up to three decimals. */
export const MONEY = { type: 'numeric', precision: 20, scale: 3 } as const;

/** Column of an id that Stripe gives; null while there is none. */
export const STRIPE_ID = { type: 'varchar', length: 255, nullable: true } as const;

/** Two that are soon sold out: three decimals, periods of days and weeks, seats and add-ons; plans of the same rank. */
const SMALL_CATALOGUES = [148, 79];

/** How much is tried. `npm test` takes the defaults; `npm run test:chaos` sets more. */
export interface ChaosTestSettings {
  /** Histories of customers that are played in the sandbox. */
  histories: number;
  /** Orderings of events that are simulated. */
  orderings: number;
  /** Times that a server is killed at a random moment. */
  crashes: number;
  /** Requests while all servers are restarted one after the other, and how often they are. */
  rollingRequests: number;
  rollingRestarts: number;
  /** Purchases on two servers of which one has a wrong clock. */
  skewedPurchases: number;
  /** Subscribers of a plan whose price rises, and the days of renewals after that. */
  oldSubscribers: number;
  oldSubscriberDays: number;
  /** Purchases at two installations on one Stripe account. */
  sharedPurchases: number;
  /** Users, and customers of another program with their numbers. */
  strangers: number;
  /** Customers of an existing account that is imported. */
  importedCustomers: number;
  /** Changes that are told to a receiver, and the times that the servers are killed meanwhile. */
  outgoingChanges: number;
  outgoingKills: number;
  /** Seeds of the random catalogues of which everything is sold. */
  catalogueSeeds: number[];
  seed: number;
  /** Where a failed run said that it failed: only that run is repeated. */
  path: string | null;
}

export function chaosSettings(): ChaosTestSettings {
  const number = (name: string, fallback: number) => Number(process.env[name] ?? fallback);
  return {
    histories: number('CHAOS_HISTORIES', 50),
    orderings: number('CHAOS_ORDERINGS', 5_000),
    crashes: number('CHAOS_CRASHES', 2),
    rollingRequests: number('CHAOS_ROLLING_REQUESTS', 600),
    rollingRestarts: number('CHAOS_ROLLING_RESTARTS', 1),
    skewedPurchases: number('CHAOS_SKEWED_PURCHASES', 24),
    oldSubscribers: number('CHAOS_OLD_SUBSCRIBERS', 3),
    oldSubscriberDays: number('CHAOS_OLD_SUBSCRIBER_DAYS', 62),
    sharedPurchases: number('CHAOS_SHARED_PURCHASES', 8),
    strangers: number('CHAOS_STRANGERS', 8),
    importedCustomers: number('CHAOS_IMPORTED_CUSTOMERS', 12),
    outgoingChanges: number('CHAOS_OUTGOING_CHANGES', 80),
    outgoingKills: number('CHAOS_OUTGOING_KILLS', 1),
    catalogueSeeds:
      process.env.CHAOS_CATALOGUES === undefined
        ? SMALL_CATALOGUES
        : Array.from({ length: number('CHAOS_CATALOGUES', 0) }, (_, place) => number('CHAOS_SEED', 1) + place),
    seed: number('CHAOS_SEED', 1),
    path: process.env.CHAOS_PATH ?? null,
  };
}

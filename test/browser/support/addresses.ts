/** Where a server is. */
export interface Addresses {
  /** The link that `npm start` printed, with the token of the demo user. */
  pageUrl: string;
  sandboxUrl: string;
  dataDirectory: string;
}

const VARIABLE = 'BILLING_BROWSER_TEST';

/** Hands the addresses to the processes that run the tests. */
export function keepAddresses(addresses: Addresses): void {
  process.env[VARIABLE] = JSON.stringify(addresses);
}

/** Those of the server of the run. */
export function addresses(): Addresses {
  const kept = process.env[VARIABLE];
  if (kept === undefined) throw new Error('the server was not started: run npm run test:browser');
  return JSON.parse(kept) as Addresses;
}

// Runs the tests of test/chaos with many more histories than `npm test` does.
// Usage: npm run test:chaos -- [--histories 500] [--orderings 2000000] [--crashes 30] [--requests 10000]
//   [--restarts 3] [--skewed 200] [--subscribers 100] [--days 365] [--purchases 1000] [--imported 5000] [--catalogues 40]
//   [--changes 10000] [--kills 12] [--strangers 50] [--seed N] [--path P] [spec files of test/chaos …]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    histories: { type: 'string', default: '500' },
    orderings: { type: 'string', default: '2000000' },
    crashes: { type: 'string', default: '30' },
    requests: { type: 'string', default: '10000' },
    restarts: { type: 'string', default: '3' },
    skewed: { type: 'string', default: '200' },
    subscribers: { type: 'string', default: '100' },
    days: { type: 'string', default: '365' },
    purchases: { type: 'string', default: '1000' },
    strangers: { type: 'string', default: '50' },
    imported: { type: 'string', default: '5000' },
    changes: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '12' },
    catalogues: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    path: { type: 'string' },
  },
  allowPositionals: true,
});
const { path, ...numbers } = values;
for (const [name, value] of Object.entries(numbers)) {
  if (!/^[1-9]\d*$/.test(value)) {
    console.error(`--${name} must be a whole number above 0`);
    process.exit(1);
  }
}
console.log(`seed ${values.seed}`);
const run = spawnSync(
  'npm',
  [
    'test',
    '--',
    '--runInBand',
    ...(positionals.length > 0
      ? positionals.map((name) => (name.includes('/') ? name : `test/chaos/.*${name}`))
      : ['test/chaos']),
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      CHAOS_HISTORIES: values.histories,
      CHAOS_ORDERINGS: values.orderings,
      CHAOS_CRASHES: values.crashes,
      CHAOS_ROLLING_REQUESTS: values.requests,
      CHAOS_ROLLING_RESTARTS: values.restarts,
      CHAOS_SKEWED_PURCHASES: values.skewed,
      CHAOS_OLD_SUBSCRIBERS: values.subscribers,
      CHAOS_OLD_SUBSCRIBER_DAYS: values.days,
      CHAOS_SHARED_PURCHASES: values.purchases,
      CHAOS_STRANGERS: values.strangers,
      CHAOS_IMPORTED_CUSTOMERS: values.imported,
      CHAOS_OUTGOING_CHANGES: values.changes,
      CHAOS_OUTGOING_KILLS: values.kills,
      CHAOS_CATALOGUES: values.catalogues,
      CHAOS_SEED: values.seed,
      ...(path === undefined ? {} : { CHAOS_PATH: path }),
    },
  },
);
process.exit(run.status ?? 1);

/**
 * The import rules of the service (docs/architecture.md draws them): each folder of src names the folders that it may
 * import from; everything else is an error. The sandbox has rules of its own.
 */
const GROUND = ['config', 'common'];
const SHARED = [
  ...GROUND,
  'database',
  'stripe',
  'auth',
  'http',
  'audit',
  'sync',
  'outgoing-events',
  'operations',
  'idempotency',
  'exclusion',
];
/** From the top down: a folder may import from those above it. */
const DOMAIN = [
  'catalogue',
  'coupons',
  'customers',
  'payment-methods',
  'subscriptions',
  'invoices',
  'payments',
  'purchases',
  'plan-changes',
  'checkout',
  'payers',
  'entitlements',
];
const MAY_IMPORT = {
  config: [],
  common: [],
  database: GROUND,
  stripe: GROUND,
  auth: [...GROUND, 'database', 'stripe'],
  http: [...GROUND, 'stripe', 'auth'],
  audit: [...GROUND, 'database', 'auth', 'http'],
  sync: [...GROUND, 'database', 'stripe'],
  'outgoing-events': [...GROUND, 'database', 'auth', 'http', 'audit', 'sync'],
  operations: [...GROUND, 'database', 'stripe'],
  idempotency: [...GROUND, 'database', 'stripe', 'auth', 'operations'],
  exclusion: [...GROUND, 'database', 'auth'],
  ...Object.fromEntries(DOMAIN.map((folder, place) => [folder, [...SHARED, ...DOMAIN.slice(0, place)]])),
  webhooks: [...SHARED, ...DOMAIN],
  reconciliation: [...SHARED, ...DOMAIN, 'webhooks'],
  health: [...SHARED, 'catalogue'],
  metrics: [...SHARED, 'webhooks'],
  'local-stack': [...SHARED, 'catalogue', 'webhooks'],
  cli: [...SHARED, ...DOMAIN, 'webhooks', 'reconciliation', 'local-stack'],
};
/** Files of src itself, and the options of the data source, which name every entity. */
const ROOT_MAY_BE_IMPORTED_BY = ['local-stack', 'cli'];
const STRIPE_PACKAGE =
  '^(src/(stripe|sync|webhooks|reconciliation|local-stack|cli)/|.*[.](gateway|projection|mapper)[.]ts$)';
const SPEC = '[.]spec[.]ts$';
const PACKAGES = '^(sandbox|client|web)/';
const SERVICE = '^(src|test|scripts)/|^ormconfig';

const any = (folders) => `^src/(${folders.join('|')})/`;

function folderRule(folder) {
  const others = Object.keys(MAY_IMPORT).filter((other) => other !== folder && !MAY_IMPORT[folder].includes(other));
  // Relations between entities point both ways.
  const to = DOMAIN.includes(folder) ? { pathNot: `^src/(${DOMAIN.join('|')})/.*[.]entity[.]ts$` } : {};
  return {
    name: `rooms-${folder}`,
    comment: `${folder}/ may import from: ${MAY_IMPORT[folder].join(', ') || 'nothing of ours'}`,
    severity: 'error',
    from: { path: any([folder]), pathNot: SPEC },
    to: { path: any(others), ...to },
  };
}

export default {
  forbidden: [
    ...Object.keys(MAY_IMPORT).map(folderRule),
    {
      name: 'no-circle',
      comment: 'Only entities may import each other in a circle: their relations point both ways.',
      severity: 'error',
      from: { path: '^(src|ormconfig)' },
      to: { circular: true, viaOnly: { pathNot: '[.]entity[.]ts$' } },
    },
    {
      name: 'every-folder-has-a-rule',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: any(Object.keys(MAY_IMPORT)) },
    },
    {
      name: 'root-files',
      comment: 'app.module.ts puts everything together: what it puts together must not know it.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `${any(ROOT_MAY_BE_IMPORTED_BY)}|${SPEC}` },
      to: { path: '^(src/[^/]+[.]ts$|ormconfig[.]ts$)' },
    },
    {
      name: 'main-only-starts',
      severity: 'error',
      from: { path: '^src/main[.]ts$' },
      to: { path: '^src/', pathNot: '^src/(local-stack/service|http|config)' },
    },
    {
      name: 'stripe-package',
      comment: 'Only stripe/, sync/, webhooks/, reconciliation/, gateways, projections and mappers speak to Stripe.',
      severity: 'error',
      from: { path: '^src/', pathNot: `${STRIPE_PACKAGE}|${SPEC}` },
      to: { path: '(^|/)node_modules/stripe/' },
    },
    {
      name: 'webhooks-are-not-needed',
      comment: 'Without webhooks/ the rest still compiles.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: `${any(['webhooks', 'reconciliation', 'metrics', 'local-stack', 'cli'])}|^src/app[.]module`,
      },
      to: { path: any(['webhooks', 'reconciliation']) },
    },
    {
      name: 'service-without-packages',
      comment: 'The service knows the sandbox as a program that it starts, and the page as files.',
      severity: 'error',
      from: { path: '^(src/|ormconfig)' },
      to: { path: PACKAGES },
    },
    {
      name: 'packages-alone',
      comment: 'The sandbox and the client import nothing of ours.',
      severity: 'error',
      from: { path: '^(sandbox|client)/' },
      to: { path: `${SERVICE}|${PACKAGES}`, pathNot: '^$1/' },
    },
    {
      name: 'page-through-client',
      comment: 'The page reaches the service through the client.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: `${SERVICE}|${PACKAGES}`, pathNot: '^(web|client)/' },
    },
    {
      name: 'packages-by-name',
      comment: 'Another package is imported by its name, never by the path of one of its files.',
      severity: 'error',
      from: { path: '^(test|web)/' },
      to: { path: PACKAGES, pathNot: '^$1/', dependencyTypes: ['local'], dependencyTypesNot: ['aliased-workspace'] },
    },
    {
      name: 'no-test-code',
      severity: 'error',
      from: { path: '^src/', pathNot: SPEC },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};

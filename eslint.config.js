import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * The import rules of the layout. Each folder of src names the folders that it may import from; everything else is an
 * error. Entity files may be imported across the domain folders, since relations point both ways.
 */
const BASE = ['config', 'common'];
const SHARED = [...BASE, 'database', 'stripe', 'auth', 'sync', 'operations', 'idempotency'];
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
];
const above = (folder) => DOMAIN.slice(0, DOMAIN.indexOf(folder));
const MAY_IMPORT = {
  config: [],
  common: [],
  database: BASE,
  stripe: BASE,
  auth: [...BASE, 'database', 'stripe'],
  sync: [...BASE, 'database', 'stripe'],
  operations: [...BASE, 'database', 'stripe', 'auth', 'sync'],
  idempotency: [...BASE, 'database', 'stripe', 'auth', 'operations'],
  ...Object.fromEntries(DOMAIN.map((folder) => [folder, [...SHARED, ...above(folder)]])),
  webhooks: [...SHARED, ...DOMAIN],
  reconciliation: [...SHARED, ...DOMAIN, 'webhooks'],
  health: [...SHARED, 'catalogue'],
  metrics: [...SHARED, 'webhooks'],
  'local-stack': [...BASE, 'stripe'],
};
const FOLDERS = [...Object.keys(MAY_IMPORT), 'cli'];
const STRIPE_PACKAGE_FOLDERS = ['stripe', 'sync', 'webhooks', 'reconciliation', 'local-stack', 'cli'];
const stripePackage = {
  regex: '^stripe(/|$)',
  message: 'Only stripe/, gateways, projections, mappers, webhooks/ and reconciliation/ may import the stripe package.',
};

function importRules(folder) {
  const forbidden = FOLDERS.filter((other) => other !== folder && !MAY_IMPORT[folder].includes(other));
  const entitiesAllowed = DOMAIN.includes(folder);
  const patterns = forbidden.map((other) => ({
    regex:
      entitiesAllowed && DOMAIN.includes(other) ? `^(\\.\\./)+${other}/(?!.*\\.entity\\.js$)` : `^(\\.\\./)+${other}/`,
    message: `${folder}/ must not import from ${other}/ (see the import rules in eslint.config.js).`,
  }));
  return {
    files: [`src/${folder}/**/*.ts`],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [...patterns, ...(STRIPE_PACKAGE_FOLDERS.includes(folder) ? [] : [stripePackage])] },
      ],
    },
  };
}

function stripeAwareFiles(folder) {
  const rules = importRules(folder);
  const [severity, { patterns }] = rules.rules['no-restricted-imports'];
  return {
    files: [`src/${folder}/**/*.{gateway,projection,mapper}.ts`],
    rules: {
      'no-restricted-imports': [severity, { patterns: patterns.filter((pattern) => pattern !== stripePackage) }],
    },
  };
}

export default tseslint.config(
  {
    ignores: ['**/dist/', '**/dist-test/', 'coverage/', '.data/', 'node_modules/', 'client/src/wire.ts'],
  },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts', '**/*.tsx'] })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/common/clock.ts', 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Take the time from Clock.',
        },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take the time from Clock.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the environment in config/ only.' },
      ],
    },
  },
  ...Object.keys(MAY_IMPORT).map(importRules),
  ...DOMAIN.map(stripeAwareFiles),
  {
    files: ['web/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(\\.\\./)+src/', message: 'The page reaches the server through the client only.' },
            {
              regex: '^(\\.\\./)+client/(?!src/index\\.js$)',
              message: 'Only the entry point of the client is for others.',
            },
          ],
        },
      ],
    },
  },
  { files: ['web/**/*.{ts,tsx}'], ...reactHooks.configs.flat.recommended },
  {
    files: ['client/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!\\./)', message: 'The client imports nothing but its own files.' }] },
      ],
    },
  },
  { files: ['src/database/migrations/*.ts'], rules: { 'max-lines': 'off' } },
  {
    files: ['sandbox/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^stripe(/|$)',
              allowTypeImports: true,
              message: 'The sandbox takes only types from the stripe package.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', '**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  prettier,
);

import { readdirSync } from 'node:fs';

/**
 * The import rules inside the sandbox (`src/sandbox.ts` says what each folder holds): each folder names the folders that
 * it may import from, no imports run in a circle, and the files of an object point one way. What packages may import
 * from each other is said in the root's rules.
 */
const MAY_IMPORT = {
  errors: [],
  rules: [],
  store: ['errors'],
  time: ['store'],
  kernel: ['errors', 'store', 'time'],
  http: ['errors', 'store', 'kernel'],
  objects: ['errors', 'rules', 'store', 'kernel', 'http'],
  events: ['errors', 'rules', 'store', 'time', 'kernel', 'objects'],
  pages: ['errors', 'rules', 'kernel', 'http', 'objects'],
  control: ['errors', 'rules', 'kernel', 'http', 'objects', 'events'],
};
/** Files beside the folders that everything may use: types of what travels and of what is exported, the version. */
const GROUND = '^(sandbox/)?src/(wire|api-version|public-types)[.]ts$';
const SPEC = '[.]spec[.]ts$';
const SRC = '^(sandbox/)?src/';
const any = (folders) => `${SRC}(${folders.join('|')})/`;

/** `coupon` → `coupons`: the file of an object's routes. */
const plural = (object) => `${object.replace(/y$/, 'ie')}s`;
const ROUTES = readdirSync(new URL('src/objects/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `${name}/${plural(name)}`);

function folderRule(folder) {
  const others = Object.keys(MAY_IMPORT).filter((other) => other !== folder && !MAY_IMPORT[folder].includes(other));
  return {
    name: `sandbox-${folder}`,
    comment: `${folder}/ may import from: ${MAY_IMPORT[folder].join(', ') || 'nothing but wire.ts'}`,
    severity: 'error',
    from: { path: any([folder]), pathNot: SPEC },
    to: { path: any(others) },
  };
}

export default {
  forbidden: [
    ...Object.keys(MAY_IMPORT).map(folderRule),
    { name: 'sandbox-no-circle', severity: 'error', from: { path: SRC }, to: { circular: true } },
    {
      name: 'sandbox-every-folder-has-a-rule',
      severity: 'error',
      from: {},
      to: { path: `${SRC}[^/]+/`, pathNot: any(Object.keys(MAY_IMPORT)) },
    },
    {
      name: 'sandbox-root-files',
      comment: 'sandbox.ts puts everything together: what it puts together must not know it.',
      severity: 'error',
      from: { path: `${SRC}[^/]+/`, pathNot: SPEC },
      to: { path: `${SRC}[^/]+[.]ts$`, pathNot: GROUND },
    },
    {
      name: 'sandbox-ground',
      comment: 'They import nothing of ours.',
      severity: 'error',
      from: { path: GROUND },
      to: { path: SRC },
    },
    {
      name: 'sandbox-routes',
      comment:
        'The routes of an object are for sandbox.ts alone; what others need is a verb or stands in its type file.',
      severity: 'error',
      from: { path: any(['objects', 'events', 'pages', 'control']), pathNot: SPEC },
      to: { path: `${SRC}objects/(${ROUTES.join('|')})[.]ts$` },
    },
    {
      name: 'sandbox-types',
      comment: 'What an object is does not depend on what is done with it (but it may keep what a request sent).',
      severity: 'error',
      from: { path: `${SRC}objects/.*-type[.]ts$` },
      to: { path: `${SRC}objects/`, pathNot: '-(type|parameters)[.]ts$' },
    },
    {
      name: 'sandbox-parameters',
      comment: 'What a request may send depends on types and on other parameters.',
      severity: 'error',
      from: { path: `${SRC}objects/.*-parameters[.]ts$` },
      to: { path: `${SRC}objects/`, pathNot: '-(type|parameters)[.]ts$' },
    },
    {
      name: 'sandbox-no-test-code',
      severity: 'error',
      from: { path: SRC, pathNot: SPEC },
      to: { path: '^(sandbox/)?test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};

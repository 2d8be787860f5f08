import circus from 'jest-circus/runner';

/**
 * jest-circus on modules that are loaded once in a worker: to load Nest, TypeORM and Stripe anew takes two seconds of
 * CPU, in each of some eighty files. Of the test framework, only what keeps the tests of a file is loaded anew.
 * It awaits nothing itself, which would put it into the stack of each failure.
 */
export default function run(globalConfig, config, environment, runtime, testPath, sendMessageToJest) {
  if (environment.isShared && environment.modules === undefined) {
    environment.modules = runtime;
    runtime.teardown = () => {};
  }
  const modules = environment.modules ?? runtime;
  if (runtime !== modules) shareFramework(runtime, modules);
  const runtimeOfFile = Object.create(modules, {
    requireInternalModule: { value: (file) => runtime.requireInternalModule(file) },
  });
  return circus
    .default(globalConfig, config, environment, runtimeOfFile, testPath, sendMessageToJest)
    .finally(() => forgetTests(environment.global));
}

/** jest-circus is asked for by its file alone, what it needs (`expect` and more) by its name. */
function shareFramework(runtime, modules) {
  const load = runtime.requireInternalModule.bind(runtime);
  runtime.requireInternalModule = (from, name) =>
    name === undefined ? load(from) : modules.requireInternalModule(from, name);
}

/** jest-circus keeps the tests of a file, and who listens to them, on the global object. */
function forgetTests(global) {
  for (const symbol of Object.getOwnPropertySymbols(global)) {
    if (symbol === Symbol.for('EVENT_HANDLERS') || symbol.description === 'JEST_STATE_SYMBOL') delete global[symbol];
  }
}

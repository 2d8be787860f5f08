import circus from 'jest-circus/runner';

/**
 * jest-circus on modules that are loaded once in a worker: to load Nest, TypeORM and Stripe anew takes two seconds of
 * CPU, in each of some eighty files. The test framework itself is loaded anew for each file, and so is the file.
 */
export default async function run(globalConfig, config, environment, runtime, testPath, sendMessageToJest) {
  if (environment.isShared && environment.modules === undefined) {
    environment.modules = runtime;
    runtime.teardown = () => {};
  }
  const runtimeOfFile = Object.create(environment.modules ?? runtime, {
    requireInternalModule: { value: (from, name) => runtime.requireInternalModule(from, name) },
  });
  try {
    return await circus.default(globalConfig, config, environment, runtimeOfFile, testPath, sendMessageToJest);
  } finally {
    forgetTests(environment.global);
  }
}

/** jest-circus keeps the tests of a file, and who listens to them, on the global object. */
function forgetTests(global) {
  for (const symbol of Object.getOwnPropertySymbols(global)) {
    if (symbol === Symbol.for('EVENT_HANDLERS') || symbol.description === 'JEST_STATE_SYMBOL') delete global[symbol];
  }
}

import { TestEnvironment as NodeEnvironment } from 'jest-environment-node';

/** The environment of this worker. */
let shared;

/**
 * One Node.js environment for all test files of a worker, so that they can share their modules (`runner.mjs`).
 * With coverage, or while Jest watches for changes, each file gets its own, as Jest does it.
 */
export default class SharedEnvironment extends NodeEnvironment {
  /** Loads the modules of the test files; the runner sets it with the first file. */
  modules;

  constructor(config, context) {
    if (shared !== undefined) return shared;
    super(config, context);
    const { collectCoverage, watch, watchAll } = config.globalConfig;
    if (!collectCoverage && !watch && !watchAll) shared = this;
  }

  get isShared() {
    return shared === this;
  }

  async teardown() {
    if (!this.isShared) return super.teardown();
    this.moduleMocker.restoreAllMocks();
    this.fakeTimersModern.useRealTimers();
  }
}

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
    shortenCallSites(this.global);
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

/**
 * The Stripe SDK reads the stack at each call, by an error without a message, to add it to what may fail. Jest looks
 * each frame up in a source map: here, only those of our own files, which say who called.
 */
function shortenCallSites(global) {
  global.Error.prepareStackTrace = (error, frames) => {
    const shown = error.message === '' ? frames.filter(isOurs) : frames;
    const format = Error.prepareStackTrace ?? ((_, all) => [String(error), ...all].join('\n    at '));
    return format(error, shown);
  };
}

function isOurs(frame) {
  const file = frame.getFileName() ?? 'node:';
  return !file.startsWith('node:') && !file.includes('node_modules');
}

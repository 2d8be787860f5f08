/** Jest runs the compiled output: one compiler and the same Swagger metadata in tests and in production. */
const service = {
  displayName: 'service',
  testEnvironment: '<rootDir>/test/jest/environment.mjs',
  testRunner: '<rootDir>/test/jest/runner.mjs',
  roots: ['<rootDir>/dist-test'],
  testMatch: ['<rootDir>/dist-test/**/*.spec.js'],
  setupFilesAfterEnv: ['reflect-metadata'],
  globalSetup: '<rootDir>/dist-test/test/support/global-setup.js',
  globalTeardown: '<rootDir>/dist-test/test/support/global-teardown.js',
  transform: {},
};

export default {
  projects: [service, '<rootDir>/sandbox', '<rootDir>/client'],
  testTimeout: 30_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  coverageProvider: 'v8',
  collectCoverageFrom: ['**/dist-test/src/**/*.js', '!**/*.spec.js'],
};

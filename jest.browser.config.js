/** The billing page in a real browser, against `npm start`'s server: one file after the other, since they share it. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist-test'],
  testMatch: ['<rootDir>/dist-test/test/browser/**/*.browser.js'],
  globalSetup: '<rootDir>/dist-test/test/browser/support/global-setup.js',
  globalTeardown: '<rootDir>/dist-test/test/browser/support/global-teardown.js',
  transform: {},
  testTimeout: 60_000,
  maxWorkers: 1,
};

export default {
  displayName: 'client',
  testEnvironment: '<rootDir>/../test/jest/environment.mjs',
  testRunner: '<rootDir>/../test/jest/runner.mjs',
  roots: ['<rootDir>/dist-test'],
  testMatch: ['<rootDir>/dist-test/**/*.spec.js'],
  transform: {},
  testTimeout: 30_000,
};

import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from './app-config.js';
import { failureText } from './program-exit.js';

describe('what a program prints before it ends with an error', () => {
  it('is the message alone of a wrong configuration, which names the variable', () => {
    expect(failureText(new ConfigurationError('PORT: must be set'))).toBe('PORT: must be set');
  });

  it('is where it happened of every other error', () => {
    expect(failureText(new TypeError('x'))).toMatch(/^TypeError: x\n\s+at .*program-exit\.spec/);
    expect(failureText(Object.assign(new Error('x'), { stack: undefined }))).toBe('x');
    expect(failureText('thrown')).toBe('thrown');
  });
});

import { statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { errorCode } from './error-code.js';

describe('errorCode', () => {
  it('is the code of a system error', () => {
    let thrown: unknown;
    try {
      statSync('/nowhere/at/all');
    } catch (error) {
      thrown = error;
    }
    expect(errorCode(thrown)).toBe('ENOENT');
  });

  it.each([new Error('x'), { code: 5 }, 'ENOENT', null, undefined])('is nothing for %p', (thrown) => {
    expect(errorCode(thrown)).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { storableInteger, storableText } from './storable.js';

/** Any text, also with half characters, as JavaScript allows them. */
const anyText = fc.string({ unit: 'binary' }).chain((text) => fc.nat(text.length).map((at) => text.slice(at)));

describe('a text that is stored', () => {
  it('comes back from PostgreSQL as it was written, in no more characters than the column has', () => {
    fc.assert(
      fc.property(anyText, fc.nat(20), (text, most) => {
        const stored = storableText(text, most);
        return Buffer.from(stored, 'utf8').toString('utf8') === stored && [...stored].length <= most;
      }),
    );
  });

  it('is not cut through an emoji, and loses what PostgreSQL refuses', () => {
    expect([storableText('ab😀', 3), storableText('ab😀', 2), storableText('😀😀', 1)]).toEqual(['ab😀', 'ab', '😀']);
    expect(storableText('a\0b\uD83D')).toBe('ab\uFFFD');
  });
});

describe('a count that is stored', () => {
  it('stays within the type integer', () => {
    expect([storableInteger(7), storableInteger(2 ** 40), storableInteger(-(2 ** 40))]).toEqual([
      7, 2_147_483_647, -2_147_483_647,
    ]);
  });
});

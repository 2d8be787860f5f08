import { describe, expect, it } from '@jest/globals';
import { arrayPage, inRange } from './lists.js';

describe('a filter on a time', () => {
  it.each([
    [5, undefined, true],
    [null, undefined, true],
    [null, { gt: 1 }, false],
    [5, 5, true],
    [5, 6, false],
    [5, { gte: 5, lte: 5 }, true],
    [5, { gt: 5 }, false],
    [5, { lt: 5 }, false],
  ])('%j within %j: %s', (value, filter, expected) => {
    expect(inRange(value, filter)).toBe(expected);
  });
});

describe('a page of an array', () => {
  const lines = ['a', 'b', 'c', 'd'].map((id) => ({ id, object: 'line_item' }));
  const page = (parameters: Parameters<typeof arrayPage>[1]) => {
    const { data, has_more } = arrayPage(lines, parameters, '/lines') as { data: { id: string }[]; has_more: boolean };
    return [data.map(({ id }) => id).join(''), has_more];
  };

  it.each([
    [{}, 'abcd', false],
    [{ limit: 2 }, 'ab', true],
    [{ limit: 2, starting_after: 'b' }, 'cd', false],
    [{ limit: 1, starting_after: 'b' }, 'c', true],
    [{ limit: 2, ending_before: 'd' }, 'bc', true],
    [{ limit: 3, ending_before: 'd' }, 'abc', false],
  ])('%j → %s, more: %s', (parameters, ids, more) => {
    expect(page(parameters)).toEqual([ids, more]);
  });

  it('refuses a cursor that is not on the list', () => {
    expect(() => page({ starting_after: 'x' })).toThrow("No such line_item: 'x'");
  });
});

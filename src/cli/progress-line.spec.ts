import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { progressBar, ProgressLine } from './progress-line.js';

describe('progressBar', () => {
  it('fills with the steps that are done, and counts from one', () => {
    expect(progressBar(0, 4, 'coupons', 0)).toBe('[--------------------] 1/4 coupons 0');
    expect(progressBar(3, 4, 'invoices', 1_234_567)).toBe('[###############-----] 4/4 invoices 1,234,567');
  });
});

describe('ProgressLine', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function terminal(isTTY: boolean) {
    const written: string[] = [];
    return { written, line: new ProgressLine({ isTTY, write: (text) => written.push(text) }) };
  }

  it('writes over itself, ten times a second at most', () => {
    const { written, line } = terminal(true);
    line.show('a');
    line.show('b');
    jest.advanceTimersByTime(100);
    line.show('c');
    line.clear();
    line.clear();
    expect(written).toEqual(['\r\u001b[Ka', '\r\u001b[Kc', '\r\u001b[K']);
  });

  it('writes a plain line every ten seconds where the output is no terminal', () => {
    const { written, line } = terminal(false);
    line.show('a');
    jest.advanceTimersByTime(10_000);
    line.show('b');
    line.show('c');
    line.clear();
    expect(written).toEqual(['b\n']);
  });
});

import { describe, expect, it } from '@jest/globals';
import { type Logger } from 'pino';
import { createLogger, PinoLoggerService, readableDestination } from './logging.js';

function logged(write: (logger: PinoLoggerService) => void): unknown[] {
  const entries: unknown[] = [];
  const level = (...entry: unknown[]) => void entries.push(...entry);
  write(new PinoLoggerService({ info: level, warn: level, error: level } as unknown as Logger));
  return entries;
}

describe('PinoLoggerService', () => {
  it('takes fields before or after the text', () => {
    const expected = [{ customer_id: 1, context: 'Class' }, 'Text'];
    expect(logged((logger) => logger.warn({ customer_id: 1 }, 'Text', 'Class'))).toEqual(expected);
    expect(logged((logger) => logger.warn('Text', { customer_id: 1 }, 'Class'))).toEqual(expected);
  });

  it('takes a text alone, and a stack with it', () => {
    expect(logged((logger) => logger.log('Text', 'Class'))).toEqual([{ context: 'Class' }, 'Text']);
    expect(logged((logger) => logger.error('Text', 'Error: x', 'Class'))).toEqual([
      { stack: 'Error: x', context: 'Class' },
      'Text',
    ]);
  });
});

describe('an error in the log', () => {
  it('R18: comes with all its causes, and without what they repeat', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const cause = new Error('The pool is empty for ada@example.com', { cause: refused });
    const [entry] = logged((logger) => logger.error('Text', new Error('Outer', { cause }), 'Class'));
    expect(entry).toMatchObject({ context: 'Class', stack: expect.stringMatching(/^Error: Outer\n\s+at /) });
    const { stack } = entry as { stack: string };
    expect(stack.split('\n').filter((line) => !/^\s+at /.test(line))).toEqual([
      'Error: Outer',
      'Caused by: Error: The pool is empty for [e-mail]',
      'Caused by: Error: connect ECONNREFUSED 127.0.0.1:5432',
    ]);
  });
});

describe('the log', () => {
  const write = async (entry: object, readable: boolean) => {
    let written = '';
    const output = { write: (text: string) => (written += text) };
    createLogger('info', readable ? await readableDestination(output) : output).error(entry, 'Text');
    return written;
  };

  it('is one JSON line an entry', async () => {
    expect(JSON.parse(await write({ customer_id: 1 }, false))).toMatchObject({
      level: 50,
      customer_id: 1,
      msg: 'Text',
    });
  });

  it('at a terminal is a line for a person, with the stack below', async () => {
    const text = await write({ context: 'Class', customer_id: 1, stack: 'Error: x\n    at y' }, true);
    expect(text).toMatch(/^\[.*\] .*ERROR.*: .*Class: Text\nError: x\n +at y.* \{"customer_id":1\}\n$/);
  });

  it.each([false, true])('never shows secrets or personal data (readable: %s)', async (readable) => {
    const text = await write({ email: 'a@b.c', body: { token: 'a-token', card: { last4: '4242' } } }, readable);
    expect(text).not.toMatch(/a@b\.c|a-token|4242/);
    expect(text).toContain('[redacted]');
  });
});

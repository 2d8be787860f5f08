import { describe, expect, it } from '@jest/globals';
import { type Logger } from 'pino';
import { PinoLoggerService } from './logging.js';

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

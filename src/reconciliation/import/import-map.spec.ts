import { describe, expect, it } from '@jest/globals';
import { payerName } from '../../auth/payer-name.js';
import { ImportMapError, parseImportMap } from './import-map.js';

const read = (text: string) =>
  Object.fromEntries([...parseImportMap(text)].map(([id, payer]) => [id, payerName(payer)]));

describe('parseImportMap', () => {
  it.each([
    ['CSV', 'cus_1,ada\ncus_2,,acme\n'],
    [
      'CSV of another program, with its head, its mark and its ends of lines',
      '\uFEFFsubject,stripe_customer_id,organization\r\nada,cus_1,\r\n,"cus_2",acme\r\n\r\n',
    ],
    [
      'JSON lines',
      '{"stripe_customer_id":"cus_1","subject":"ada"}\n\n{"stripe_customer_id":"cus_2","organization":"acme"}',
    ],
  ])('reads %s', (_what, text) => {
    expect(read(text)).toEqual({ cus_1: 'user:ada', cus_2: 'org:acme' });
  });

  it('takes a subject byte for byte, also one with commas, quotes and lines', () => {
    expect(read('cus_1,"auth0|1,""x""\ny"\ncus_2,42')).toEqual({ cus_1: 'user:auth0|1,"x"\ny', cus_2: 'user:42' });
  });

  it('knows a customer that is named twice for the same payer', () => {
    expect(read('cus_1,ada\ncus_1,ada')).toEqual({ cus_1: 'user:ada' });
  });

  it.each([
    ['cus_1,ada\ncus_1,bob', 'line 2: cus_1 is named for two payers'],
    ['cus_1,ada\n\n17,bob', 'line 3: stripe_customer_id must be cus_…'],
    ['cus_1', 'line 1: subject, or organization'],
    ['cus_1, ada', 'line 1: subject, or organization'],
    [`cus_1,${'x'.repeat(256)}`, 'line 1: subject, or organization'],
    ['cus_1,ada,acme,more', 'line 1: it has too many fields'],
    ['cus_1,"a\nb"\ncus_2,"ada', 'line 3: a quote is not closed'],
    ['{"stripe_customer_id":"cus_1","subject":42}', 'line 1: subject, or organization'],
    ['{"stripe_customer_id":"cus_1","subject":"ada"}\n{', 'line 2: it is no JSON'],
    ['{"stripe_customer_id":"cus_1","subject":"ada"}\n1', 'line 2: it is no object'],
  ])('refuses %j', (text, message) => {
    expect(() => parseImportMap(text)).toThrow(ImportMapError);
    expect(() => parseImportMap(text)).toThrow(message);
  });
});

import { describe, expect, it } from '@jest/globals';
import { TEST_IBANS, testIban } from './test-ibans.js';

describe('test IBANs', () => {
  it('are found however they are spaced and written', () => {
    expect(testIban('de89 3704 0044 0532 0130 00')?.outcome).toBe('succeeds');
    expect(testIban('DE62370400440532013001')?.outcome).toBe('fails');
    expect(testIban('DE00370400440532013000')).toBeUndefined();
  });

  it('carry the bank code that they say', () => {
    for (const { iban, bankCode, branchCode } of TEST_IBANS) {
      expect(iban).toContain(bankCode);
      if (branchCode !== null) expect(iban).toContain(branchCode);
    }
  });
});

/** One of Stripe's documented test bank accounts for SEPA direct debit. */
export interface TestIban {
  readonly iban: string;
  readonly bankCode: string;
  readonly branchCode: string | null;
  /** What becomes of a debit once the bank has answered. */
  readonly outcome: 'succeeds' | 'fails';
  /** Simulated seconds until the bank has answered. */
  readonly settlesAfter: number;
}

const SOON = 1;
const THREE_MINUTES = 180;

const austrian = { bankCode: '19043', branchCode: null };
const german = { bankCode: '37040044', branchCode: null };
const italian = { bankCode: '05428', branchCode: '11101' };

const TEST_IBANS: readonly TestIban[] = [
  { iban: 'AT611904300234573201', ...austrian, outcome: 'succeeds', settlesAfter: SOON },
  { iban: 'AT321904300235473204', ...austrian, outcome: 'succeeds', settlesAfter: THREE_MINUTES },
  { iban: 'AT861904300235473202', ...austrian, outcome: 'fails', settlesAfter: SOON },
  { iban: 'AT051904300235473205', ...austrian, outcome: 'fails', settlesAfter: THREE_MINUTES },
  { iban: 'DE89370400440532013000', ...german, outcome: 'succeeds', settlesAfter: SOON },
  { iban: 'DE08370400440532013003', ...german, outcome: 'succeeds', settlesAfter: THREE_MINUTES },
  { iban: 'DE62370400440532013001', ...german, outcome: 'fails', settlesAfter: SOON },
  { iban: 'DE78370400440532013004', ...german, outcome: 'fails', settlesAfter: THREE_MINUTES },
  // The account with which Stripe's CLI makes a Checkout session's payment fail.
  { iban: 'IT60X0542811101000000123456', ...italian, outcome: 'fails', settlesAfter: SOON },
];

/** The test account of an IBAN, however it is spaced or written, or undefined. */
export function testIban(typed: string): TestIban | undefined {
  const iban = typed.replaceAll(/\s/g, '').toUpperCase();
  return TEST_IBANS.find((account) => account.iban === iban);
}

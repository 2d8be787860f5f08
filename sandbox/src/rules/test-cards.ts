/** Why a card is refused: the codes and the text that Stripe documents for its test cards. */
export interface Decline {
  readonly code: string;
  readonly decline_code?: string;
  readonly message: string;
  readonly param?: string;
  /** What the charge's outcome says: refused by the bank, or blocked by Radar before it. */
  readonly blocked?: boolean;
}

/**
 * When a card asks for 3-D Secure.
 * - `always`: on each payment and set-up
 * - `unless_set_up`: on-session always; off-session until it was set up
 * - `on_session`: on-session only; it counts as set up for off-session use
 */
type Authentication = 'always' | 'unless_set_up' | 'on_session';

/** One of Stripe's documented test cards. */
export interface TestCard {
  readonly number: string;
  readonly brand: string;
  readonly funding: 'credit' | 'debit' | 'prepaid';
  readonly country: string;
  /** Names of its tokens: `visa` stands for `pm_card_visa` and `tok_visa`. */
  readonly tokens: readonly string[];
  /** Refuses to be attached to a customer or set up. */
  readonly declineAttach?: Decline;
  /** Refuses every charge. */
  readonly declineCharge?: Decline;
  readonly authentication?: Authentication;
  readonly refund?: 'pending' | 'fails';
  /** Disputed after a successful charge: the reason, and whether it is only an inquiry. */
  readonly dispute?: { readonly reason: string; readonly inquiry: boolean };
  readonly cvcCheck?: 'pass' | 'fail';
  readonly riskLevel?: 'normal' | 'elevated' | 'highest';
}

const CARD_DECLINED = 'Your card was declined.';

function declined(declineCode: string, message = CARD_DECLINED): Decline {
  return { code: 'card_declined', decline_code: declineCode, message };
}

const GENERIC = declined('generic_decline');
const INSUFFICIENT_FUNDS = declined('insufficient_funds', 'Your card has insufficient funds.');
const VELOCITY = declined(
  'card_velocity_exceeded',
  'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
);
const EXPIRED: Decline = { code: 'expired_card', message: 'Your card has expired.', param: 'exp_month' };
const INCORRECT_CVC: Decline = {
  code: 'incorrect_cvc',
  message: "Your card's security code is incorrect.",
  param: 'cvc',
};
const PROCESSING_ERROR: Decline = {
  code: 'processing_error',
  message: 'An error occurred while processing your card. Try again in a little bit.',
};
const BLOCKED: Decline = { ...declined('fraudulent'), blocked: true };

type Behaviour = Partial<
  Omit<TestCard, 'number' | 'tokens' | 'brand' | 'funding' | 'country'> &
    Pick<TestCard, 'brand' | 'funding' | 'country'>
>;

function card(number: string, tokens: readonly string[], behaviour: Behaviour = {}): TestCard {
  return { brand: 'visa', funding: 'credit', country: 'US', ...behaviour, number, tokens };
}

/** A card that refuses to be attached and to be charged. */
function refused(number: string, tokens: readonly string[], decline: Decline): TestCard {
  return card(number, tokens, { declineAttach: decline, declineCharge: decline });
}

/** Stripe's test cards: https://docs.stripe.com/testing */
const TEST_CARDS: readonly TestCard[] = [
  card('4242424242424242', ['visa', 'us']),
  card('4000056655665556', ['visa_debit'], { funding: 'debit' }),
  card('5555555555554444', ['mastercard'], { brand: 'mastercard' }),
  card('2223003122003222', [], { brand: 'mastercard' }),
  card('5200828282828210', ['mastercard_debit'], { brand: 'mastercard', funding: 'debit' }),
  card('5105105105105100', ['mastercard_prepaid'], { brand: 'mastercard', funding: 'prepaid' }),
  card('378282246310005', ['amex'], { brand: 'amex' }),
  card('371449635398431', [], { brand: 'amex' }),
  card('6011111111111117', ['discover'], { brand: 'discover' }),
  card('3056930009020004', ['diners'], { brand: 'diners' }),
  card('3566002020360505', ['jcb'], { brand: 'jcb', country: 'JP' }),
  card('6200000000000005', ['unionpay'], { brand: 'unionpay', country: 'CN' }),
  card('4000001240000000', ['ca'], { country: 'CA' }),
  card('4000000760000002', ['br'], { country: 'BR' }),
  card('4000004840008001', ['mx'], { country: 'MX' }),
  card('4000000400000008', ['at'], { country: 'AT' }),
  card('4000000560000004', ['be'], { country: 'BE' }),
  card('4000002500000003', ['fr'], { country: 'FR' }),
  card('4000002760000016', ['de'], { country: 'DE' }),
  card('4000003800000008', ['it'], { country: 'IT' }),
  card('4000005280000002', ['nl'], { country: 'NL' }),
  card('4000007240000007', ['es'], { country: 'ES' }),
  card('4000007560000009', ['ch'], { country: 'CH' }),
  card('4000008260000000', ['gb'], { country: 'GB' }),
  card('4000000360000006', ['au'], { country: 'AU' }),
  card('4000003920000003', ['jp'], { country: 'JP' }),
  refused('4000000000000002', ['visa_chargeDeclined', 'chargeDeclined'], GENERIC),
  refused(
    '4000000000009995',
    ['visa_chargeDeclinedInsufficientFunds', 'chargeDeclinedInsufficientFunds'],
    INSUFFICIENT_FUNDS,
  ),
  refused('4000000000009987', ['visa_chargeDeclinedLostCard', 'chargeDeclinedLostCard'], declined('lost_card')),
  refused('4000000000009979', ['visa_chargeDeclinedStolenCard', 'chargeDeclinedStolenCard'], declined('stolen_card')),
  refused(
    '4000000000006975',
    ['visa_chargeDeclinedVelocityLimitExceeded', 'chargeDeclinedVelocityLimitExceeded'],
    VELOCITY,
  ),
  refused('4000000000000069', ['chargeDeclinedExpiredCard', 'visa_chargeDeclinedExpiredCard'], EXPIRED),
  refused('4000000000000127', ['chargeDeclinedIncorrectCvc', 'visa_chargeDeclinedIncorrectCvc'], INCORRECT_CVC),
  refused(
    '4000000000000119',
    ['chargeDeclinedProcessingError', 'visa_chargeDeclinedProcessingError'],
    PROCESSING_ERROR,
  ),
  card('4000000000000341', ['chargeCustomerFail', 'visa_chargeCustomerFail'], { declineCharge: GENERIC }),
  card('4000000000005589', ['visa_chargeCustomerFailLostCard', 'chargeCustomerFailLostCard'], {
    declineCharge: declined('lost_card'),
  }),
  card('4000000000005597', ['visa_chargeCustomerFailStolenCard', 'chargeCustomerFailStolenCard'], {
    declineCharge: declined('stolen_card'),
  }),
  card('4100000000000019', ['radarBlock', 'chargeDeclinedFraudulent'], {
    declineCharge: BLOCKED,
    riskLevel: 'highest',
  }),
  card('4000000000004954', ['riskLevelHighest'], { declineCharge: BLOCKED, riskLevel: 'highest' }),
  card('4000000000009235', ['riskLevelElevated'], { riskLevel: 'elevated' }),
  card('4000000000000101', ['cvcCheckFail'], { cvcCheck: 'fail' }),
  card('4000002760003184', ['authenticationRequired'], { authentication: 'always', country: 'DE' }),
  card('4000002500003155', ['authenticationRequiredOnSetup'], { authentication: 'unless_set_up', country: 'FR' }),
  card('4000003800000446', ['authenticationRequiredSetupForOffSession'], {
    authentication: 'on_session',
    country: 'IT',
  }),
  card('4000008260003178', ['authenticationRequiredChargeDeclinedInsufficientFunds'], {
    authentication: 'on_session',
    declineCharge: INSUFFICIENT_FUNDS,
    country: 'GB',
  }),
  card('4000000000003220', ['threeDSecure2Required', 'threeDSecureRequired'], { authentication: 'always' }),
  card('4000008400001629', ['threeDSecureRequiredChargeDeclined'], {
    authentication: 'always',
    declineCharge: GENERIC,
  }),
  card('4000000000003055', ['threeDSecureOptional']),
  card('4000000000000259', ['createDispute'], { dispute: { reason: 'fraudulent', inquiry: false } }),
  card('4000000000002685', ['createDisputeProductNotReceived'], {
    dispute: { reason: 'product_not_received', inquiry: false },
  }),
  card('4000000000001976', ['createDisputeInquiry'], { dispute: { reason: 'fraudulent', inquiry: true } }),
  card('4000000000007726', ['pendingRefund'], { refund: 'pending' }),
  card('4000000000005126', ['refundFail'], { refund: 'fails' }),
  card('4000000000000077', ['bypassPending']),
];

const BY_NUMBER = new Map(TEST_CARDS.map((entry) => [entry.number, entry]));
const BY_TOKEN = new Map(TEST_CARDS.flatMap((entry) => entry.tokens.map((token) => [token, entry] as const)));

/** The test card with a number (digits only). */
export function testCardByNumber(number: string): TestCard | undefined {
  return BY_NUMBER.get(number);
}

/** The test card that `pm_card_…` or `tok_…` stands for. */
export function testCardByToken(token: string): TestCard | undefined {
  const name = /^(?:pm_card|tok)_(.+)$/.exec(token)?.[1];
  return name === undefined ? undefined : BY_TOKEN.get(name);
}

/** Whether a card number's check digit is right (Luhn). */
export function hasValidCheckDigit(number: string): boolean {
  let sum = 0;
  for (const [position, digit] of [...number].reverse().entries()) {
    const value = Number(digit) * (position % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return /^\d{12,19}$/.test(number) && sum % 10 === 0;
}

/** Whether a payment with this card needs 3-D Secure now. */
export function needsAuthentication(
  testCard: TestCard,
  circumstances: { readonly offSession: boolean; readonly setUp: boolean },
): boolean {
  switch (testCard.authentication) {
    case undefined:
      return false;
    case 'always':
      return true;
    case 'unless_set_up':
      return !circumstances.offSession || !circumstances.setUp;
    case 'on_session':
      return !circumstances.offSession;
  }
}

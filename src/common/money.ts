/**
 * Currencies without a minor unit, and those with three decimals, as Stripe's API counts them
 * (https://docs.stripe.com/currencies). ISK and UGX have no minor unit in the world, but the API keeps two decimals for
 * them ("Special cases": 5 ISK is sent as 500), so they are not listed.
 */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));

/** Number of decimals between Stripe's minor unit and the currency's major unit: 0, 2 or 3. */
function currencyExponent(currency: string): 0 | 2 | 3 {
  const code = currency.toLowerCase();
  if (ZERO_DECIMAL.has(code)) return 0;
  return THREE_DECIMAL.has(code) ? 3 : 2;
}

/** An exact amount of money: whole minor units of one currency. No operation here uses floating point. */
export class Money {
  private constructor(
    /** Whole minor units (cents, yen, fils); may be negative. */
    readonly minorUnits: bigint,
    /** ISO 4217 code in lower case, as in Stripe's API. */
    readonly currency: string,
  ) {}

  /**
   * @param minorUnits whole minor units, Stripe's integers
   * @throws RangeError when the number is not a safe integer
   */
  static fromMinorUnits(minorUnits: number | bigint, currency: string): Money {
    if (typeof minorUnits === 'number' && !Number.isSafeInteger(minorUnits))
      throw new RangeError('Money needs whole minor units');
    return new Money(BigInt(minorUnits), currency.toLowerCase());
  }

  /**
   * @param decimal major units as PostgreSQL's numeric prints them, for example "79.000"
   * @throws RangeError when the text is no decimal number, or finer than the currency's minor unit
   */
  static fromDecimal(decimal: string, currency: string): Money {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
    if (!match) throw new RangeError('Money needs a decimal number');
    const exponent = currencyExponent(currency);
    const fraction = (match[3] ?? '').replace(/0+$/, '');
    if (fraction.length > exponent) throw new RangeError(`${currency} has ${exponent} decimals`);
    const units = BigInt(`${match[2] ?? '0'}${fraction.padEnd(exponent, '0')}`);
    return new Money(match[1] === '-' ? -units : units, currency.toLowerCase());
  }

  /** Major units as exact decimal text with the currency's own number of decimals: "79.00", "3000", "1.250". */
  toDecimal(): string {
    const exponent = currencyExponent(this.currency);
    const sign = this.minorUnits < 0n ? '-' : '';
    const digits = (this.minorUnits < 0n ? -this.minorUnits : this.minorUnits).toString().padStart(exponent + 1, '0');
    if (exponent === 0) return sign + digits;
    return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  }

  /** Major units as a money column of ours holds and returns them, always with three decimals: "79.000". */
  toColumn(): string {
    const [whole = '0', fraction = ''] = this.toDecimal().split('.');
    return `${whole}.${fraction.padEnd(3, '0')}`;
  }

  /** Major units as the JSON number that prints as that decimal. */
  toNumber(): number {
    return Number(this.toDecimal());
  }

  /** @throws RangeError when the currencies differ */
  plus(other: Money): Money {
    if (other.currency !== this.currency) throw new RangeError('Amounts of different currencies cannot be added');
    return new Money(this.minorUnits + other.minorUnits, this.currency);
  }
}

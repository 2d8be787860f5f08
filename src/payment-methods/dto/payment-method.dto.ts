import { PAYMENT_METHOD_TYPES, type PaymentMethodType } from '../payment-method.entity.js';
import { ApiProperty } from '@nestjs/swagger';

/** A saved way to pay. The card fields are null for everything that is no card. */
export class PaymentMethodDto {
  /** Our id of the payment method.
   * @example 1 */
  id!: number;
  /** `other` is everything that is neither a card nor a bank account.
   * @example "card" */
  @ApiProperty({ enum: PAYMENT_METHOD_TYPES, enumName: 'PaymentMethodType' })
  type!: PaymentMethodType;
  /** True for the one that pays subscriptions.
   * @example true */
  is_default!: boolean;
  /** Brand of the card, in lower case.
   * @example "visa" */
  card_brand!: string | null;
  /** Last four digits of the card number.
   * @example "4242" */
  card_last4!: string | null;
  /** Month in which the card expires, 1 to 12.
   * @example 12 */
  card_exp_month!: number | null;
  /** Year in which the card expires, four digits.
   * @example 2030 */
  card_exp_year!: number | null;
}

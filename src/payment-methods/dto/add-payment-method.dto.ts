import { IsBoolean, IsOptional, Matches } from 'class-validator';
import { CustomerEmailDto } from '../../customers/dto/customer-email.dto.js';

/** A payment method to be added. */
export class AddPaymentMethodDto extends CustomerEmailDto {
  /** Id of the payment method at Stripe, as Stripe's browser library or a finished setup intent names it.
   * @example "pm_card_visa" */
  @Matches(/^pm_[A-Za-z0-9_]{1,252}$/, {
    message: 'payment_method_id must be the id of a Stripe payment method (pm_…)',
  })
  payment_method_id!: string;

  /** True: it pays from now on. The first payment method always does.
   * @example false */
  @IsOptional()
  @IsBoolean()
  set_as_default?: boolean = false;
}

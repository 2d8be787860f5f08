import { IsOptional } from 'class-validator';
import { IsPaymentMethodReference } from '../../payment-methods/dto/payment-method-reference.js';

/** How to pay an invoice. The body may be left out. */
export class PayInvoiceDto {
  /** Payment method to charge: a Stripe id (`pm_…`) or our integer. Without one the default is used. Once it has paid the
   * invoice of a subscription it is the default.
   * @example "pm_card_visa" */
  @IsOptional()
  @IsPaymentMethodReference()
  payment_method_id?: string | number;
}

/** Bodies that a reader of the documentation can send as they are; the first of each is offered. */
export const PAY_EXAMPLES = {
  card: { summary: 'With another card', value: { payment_method_id: 'pm_card_visa' } },
  default: { summary: 'With the default card', value: {} },
};

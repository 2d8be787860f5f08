import { array, hash, string, unsettable } from '../../http/parameters.js';

/** One entry of a `discounts` parameter. */
export interface DiscountEntry {
  readonly coupon?: string;
  readonly promotion_code?: string;
  readonly discount?: string;
}

/** The `discounts` parameter: entries of `coupon`, `promotion_code` or an existing `discount`; empty removes them. */
export const discountsParameter = unsettable(
  array(hash({ coupon: string(), promotion_code: string(), discount: string() }), { max: 20 }),
);

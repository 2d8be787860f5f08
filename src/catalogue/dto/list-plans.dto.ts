import { IsOptional } from 'class-validator';
import { IsCurrency } from './is-currency.js';

/** Which plans are listed. */
export class ListPlansDto {
  /** Tell the prices in this currency, ISO 4217; left out: in that of the catalogue. What has no price in it is left out.
   * @example "eur" */
  @IsOptional()
  @IsCurrency()
  currency?: string;
}

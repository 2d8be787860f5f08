import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { INVOICE_STATUSES, type InvoiceStatus } from '../invoice.entity.js';

/** Which invoices are listed. */
export class ListInvoicesDto {
  /** How many at most, 1 to 100.
   * @example 10 */
  @ApiPropertyOptional()
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 10;

  /** Only invoices of this status. `draft` shows what is being drawn up, which may still change; without it drafts are
   * left out.
   * @example "paid" */
  @ApiPropertyOptional({ enum: INVOICE_STATUSES, enumName: 'InvoiceStatus' })
  @IsOptional()
  @IsIn(INVOICE_STATUSES)
  status_filter?: InvoiceStatus;

  /** Id of the last invoice of the page before; the `Link` header holds the address of the next page. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  starting_after?: number;
}

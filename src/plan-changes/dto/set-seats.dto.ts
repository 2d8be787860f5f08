import { IsIn, IsOptional } from 'class-validator';
import { IsQuantity } from '../../subscriptions/dto/add-on-wish.dto.js';
import { type ChangeMoment } from './update-subscription.dto.js';

/** How many seats a subscription is to have. */
export class SetSeatsDto {
  /** Seats in all, within the bounds of the plan.
   * @example 5 */
  @IsQuantity()
  quantity!: number;

  /** When fewer seats are had; `now` credits the difference. More always are at once.
   * @example "period_end" */
  @IsOptional()
  @IsIn(['period_end', 'now'])
  when?: ChangeMoment;
}

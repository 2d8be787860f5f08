import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
} from 'class-validator';
import { OUTGOING_EVENT_TYPES, type OutgoingEventType } from '../event-types.js';

/** A new endpoint. */
export class CreateOutgoingEndpointDto {
  /** Where events are delivered: https, and with a test key also a program on the same machine.
   * @example "https://app.example.com/billing-events" */
  @IsString()
  @MaxLength(2048)
  url!: string;

  /** Types that are delivered; default: all of them.
   * @example ["invoice.paid"] */
  @ApiProperty({ enum: OUTGOING_EVENT_TYPES, enumName: 'OutgoingEventType', isArray: true, required: false })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(OUTGOING_EVENT_TYPES, { each: true })
  types?: OutgoingEventType[];
}

/** What changes of an endpoint. */
export class UpdateOutgoingEndpointDto {
  /** Whether events are delivered. What happens while they are not is delivered by a replay alone; what waits already waits on.
   * @example false */
  @IsBoolean()
  enabled!: boolean;
}

/** Which events are delivered again. */
export class ReplayOutgoingEventsDto {
  /** All events after this `id`, delivered or not; default: those that were given up.
   * @example "42" */
  @IsOptional()
  @Matches(/^(0|[1-9]\d{0,17})$/)
  after?: string;
}

/** Where events are delivered. */
export class OutgoingEndpointDto {
  /** Our id.
   * @example 1 */
  id!: number;

  /** Where to.
   * @example "https://app.example.com/billing-events" */
  url!: string;

  /** Types that are delivered; null: all of them. */
  @ApiProperty({
    enum: OUTGOING_EVENT_TYPES,
    enumName: 'OutgoingEventType',
    isArray: true,
    nullable: true,
    example: ['invoice.paid'],
  })
  types!: OutgoingEventType[] | null;

  /** Whether events are delivered.
   * @example true */
  enabled!: boolean;

  /** Events that are still to be delivered.
   * @example 0 */
  waiting!: number;

  /** Events that were given up after three days.
   * @example 0 */
  failed!: number;

  /** When it was added.
   * @example "2026-11-29T10:00:00.000Z" */
  created_at!: string;
}

/** A new endpoint with its secret. */
export class NewOutgoingEndpointDto extends OutgoingEndpointDto {
  /** Signs the deliveries (Standard Webhooks); shown this once.
   * @example "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" */
  secret!: string;
}

/** What is delivered again. */
export class QueuedDeliveriesDto {
  /** How many events.
   * @example 3 */
  queued!: number;
}

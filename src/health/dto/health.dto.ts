import { ApiProperty } from '@nestjs/swagger';

const READINESS_STATUSES = ['ready', 'degraded', 'unavailable'] as const;
export type ReadinessStatus = (typeof READINESS_STATUSES)[number];

/** Answer of a process that runs. */
export class LivenessDto {
  /** Always `ok`: a process that does not answer is not alive.
   * @example "ok" */
  status!: 'ok';
}

/** A part of the service. */
export class PartDto {
  /** `database`, `stripe` (it answers), `prices` (Stripe confirmed the prices of the catalogue), `webhook_worker`.
   * @example "database" */
  part!: string;
  /** True when it works now.
   * @example true */
  works!: boolean;
  /** False when the service works without it, with less.
   * @example true */
  required!: boolean;
}

/** Whether the service can serve. */
export class ReadinessDto {
  /** `degraded`: reads work, but what needs Stripe is refused. `unavailable`: send requests elsewhere.
   * @example "ready" */
  @ApiProperty({ enum: READINESS_STATUSES, enumName: 'ReadinessStatus' })
  status!: ReadinessStatus;
  /** What the status means, in words.
   * @example "Everything works" */
  detail!: string;
  /** Each part.
   * @example [{ "part": "database", "works": true, "required": true }, { "part": "stripe", "works": true, "required": false }] */
  parts!: PartDto[];
}

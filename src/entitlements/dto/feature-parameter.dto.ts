import { IsString, MaxLength } from 'class-validator';

/** The feature that a route is about. */
export class FeatureParameterDto {
  /** Its key in the catalogue.
   * @example "projects" */
  @IsString()
  @MaxLength(1000)
  feature!: string;
}

/** An add-on of the catalogue, and how many units of it. */
export class AddOnChoiceDto {
  /** Its `tier` in GET /plans.
   * @example "support" */
  plan!: string;
  /** Number of units.
   * @example 1 */
  quantity!: number;
}

/** Answer to every delivery with a good signature. */
export class WebhookAnswerDto {
  /**
   * The delivery is kept, or was kept before.
   * @example success
   */
  status!: 'success';
}

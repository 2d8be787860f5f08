import { Injectable } from '@nestjs/common';
import { StripeClient } from '../stripe/stripe-client.js';

/** Reads what a thin event points at. */
@Injectable()
export class EventObjectGateway {
  constructor(private readonly stripe: StripeClient) {}

  /**
   * The object; null when it is gone.
   * @param url path below Stripe's address, as the event gives it
   */
  async retrieve(url: string): Promise<unknown> {
    const answer = await this.stripe.readOrNull((stripe, options) => stripe.rawRequest('GET', url, {}, options));
    return answer.object;
  }
}

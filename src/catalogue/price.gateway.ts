import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { StripeClient } from '../stripe/stripe-client.js';
import { type CataloguePrice } from './catalogue.js';

/** Stripe's own shape, for the service that carries it to the mapper. */
type StripePrice = Stripe.Price;

/** The boot waits for this call, and the check is repeated anyway: one short attempt. */
const TIMEOUT_MS = 5_000;
/** Most lookup keys that Stripe takes at once (https://docs.stripe.com/api/prices/list). */
const LOOKUP_KEYS_A_CALL = 10;
const EXPANDED = ['product', 'currency_options'];

/** A price of the catalogue and what Stripe has for it; null where Stripe does not know it. */
export interface PriceAtStripe {
  sold: CataloguePrice;
  price: StripePrice | null;
}

/** The Stripe calls about prices. */
@Injectable()
export class PriceGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The price with its product and its amounts in other currencies; null when Stripe does not know it. */
  async retrieve(id: string): Promise<Stripe.Price | null> {
    const { object } = await this.stripe.readOrNull((stripe, options) =>
      stripe.prices.retrieve(id, { expand: EXPANDED }, once(options)),
    );
    return object;
  }

  /** What Stripe has for prices of the catalogue. */
  async findAll(prices: readonly CataloguePrice[]): Promise<PriceAtStripe[]> {
    const keys = prices.flatMap(({ id, lookupKey }) => (id === null && lookupKey !== null ? [lookupKey] : []));
    const byKey = await this.findByLookupKeys(keys);
    return Promise.all(
      prices.map(async (sold) => ({
        sold,
        price: sold.id === null ? atKey(sold, byKey) : await this.retrieve(sold.id),
      })),
    );
  }

  /** The prices that have these lookup keys, by key; archived ones too. */
  async findByLookupKeys(keys: readonly string[]): Promise<Map<string, Stripe.Price>> {
    const found = new Map<string, Stripe.Price>();
    for (let start = 0; start < keys.length; start += LOOKUP_KEYS_A_CALL) {
      const { object } = await this.stripe.read((stripe, options) =>
        stripe.prices.list(
          {
            lookup_keys: keys.slice(start, start + LOOKUP_KEYS_A_CALL),
            limit: 100,
            expand: EXPANDED.map((name) => `data.${name}`),
          },
          once(options),
        ),
      );
      for (const price of object.data) if (price.lookup_key !== null) found.set(price.lookup_key, price);
    }
    return found;
  }
}

function once(options: Stripe.RequestOptions): Stripe.RequestOptions {
  return { ...options, timeout: TIMEOUT_MS, maxNetworkRetries: 0 };
}

function atKey({ lookupKey }: CataloguePrice, byKey: ReadonlyMap<string, StripePrice>): StripePrice | null {
  return lookupKey === null ? null : (byKey.get(lookupKey) ?? null);
}

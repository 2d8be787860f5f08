import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Collection } from '../src/store/collection.js';
import { type StoredObject } from '../src/store/object-kind.js';
import { BillingSandbox } from './support/billing-sandbox.js';

const DAY = 86_400;
const FEW = 10;
const MANY = 50;

type Objects = Collection<StoredObject>;

describe('a sandbox with many subscriptions', () => {
  /** How many stored objects were looked at. */
  let looks = 0;

  beforeAll(countLooks);
  afterAll(() => void jest.restoreAllMocks());

  /** Counts every object that a collection hands out, one by one or in a walk through all. */
  function countLooks(): void {
    const collection = Collection.prototype as Objects;
    const get = Reflect.get<Objects, 'get'>(collection, 'get');
    const where = Reflect.get<Objects, 'where'>(collection, 'where');
    const all = Reflect.get<Objects, typeof Symbol.iterator>(collection, Symbol.iterator);
    jest.spyOn(collection, 'get').mockImplementation(function (this: Objects, id) {
      looks += 1;
      return get.call(this, id);
    });
    jest.spyOn(collection, 'where').mockImplementation(function (this: Objects, name, value) {
      const found = where.call(this, name, value);
      looks += found.length;
      return found;
    });
    jest.spyOn(collection, Symbol.iterator).mockImplementation(function* (this: Objects) {
      for (const record of all.call(this)) {
        looks += 1;
        yield record;
      }
    });
  }

  /** How many stored objects two renewals of each of so many subscriptions look at, per subscription. */
  async function looksPerSubscription(count: number): Promise<number> {
    const billing = await BillingSandbox.start();
    const { id: price } = await billing.price(2900);
    for (let made = 0; made < count; made += 1) {
      const customer = await billing.customer('pm_card_visa');
      await billing.stripe.subscriptions.create({ customer: customer.id, items: [{ price }] });
    }
    const before = looks;
    await billing.advance({ seconds: 63 * DAY });
    const during = looks - before;
    await billing.close();
    return during / count;
  }

  it('renews one of many with as little work as one of few', async () => {
    const few = await looksPerSubscription(FEW);
    expect(few).toBeGreaterThan(20);
    expect(await looksPerSubscription(MANY)).toBeLessThan(1.2 * few);
  });
});

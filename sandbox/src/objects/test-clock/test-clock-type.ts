import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type TestClock = Stored<Stripe.TestHelpers.TestClock>;

export const testClocks = objectType<TestClock>({
  object: 'test_helpers.test_clock',
  prefix: 'clock',
  title: 'test clock',
});

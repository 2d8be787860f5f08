import { CALM } from 'stripe-sandbox';
import { type Lives } from './history.js';

/** Lives that once went wrong. Each is played in every run. */
export const REGRESSIONS: readonly { was: string; lives: Lives }[] = [
  {
    was: 'the card of a deleted customer was attached again by its 3-D Secure (seed 20261127, path 41)',
    lives: {
      chaos: CALM,
      customers: [
        [
          [
            {
              do: 'subscribe',
              tier: 'professional',
              interval: 'month',
              card: 'pm_card_authenticationRequired',
              trialDays: null,
              coupon: null,
              again: 'no',
            },
          ],
          [{ do: 'dashboard: delete customer' }],
          [{ do: '3-D Secure', pass: true }],
        ],
      ],
    },
  },
];

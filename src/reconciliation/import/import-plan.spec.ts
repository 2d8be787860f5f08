import { describe, expect, it } from '@jest/globals';
import { type ImportCandidate, type ImportRule, type KnownHere, type LiveContract, planImport } from './import-plan.js';

const LIVE: LiveContract = { group: 'main', price: 'price_1', isPaused: false };
const NOBODY: KnownHere = { payerOf: new Map(), closed: new Set() };

/** A customer that a rule gives to a user; `sub` null: that none gives to anybody. */
function candidate(
  id: string,
  sub: string | null,
  { rule = 'metadata_key', live = [] }: { rule?: ImportRule; live?: LiveContract[] } = {},
): ImportCandidate {
  const claim = sub === null ? null : { payer: { kind: 'user' as const, externalId: sub }, rule };
  return { stripeCustomerId: id, live, claim };
}

const verdicts = (candidates: ImportCandidate[], known = NOBODY) =>
  planImport(candidates, known).map(({ verdict }) => verdict);

describe('planImport', () => {
  it('links the only customer of a payer, whether or not it has a subscription', () => {
    expect(
      verdicts([candidate('cus_1', 'a', { live: [LIVE] }), candidate('cus_2', 'b'), candidate('cus_3', null)]),
    ).toEqual(['will_link', 'will_link', 'no_payer']);
  });

  it('links of several the one with a live subscription', () => {
    const two = [candidate('cus_1', 'a'), candidate('cus_2', 'a', { live: [LIVE], rule: 'email_verified' })];
    expect(verdicts(two)).toEqual(['second_customer', 'will_link']);
  });

  it.each([
    ['both live', [LIVE]],
    ['none lives', []],
  ])('leaves several of one payer out where nothing tells which: %s', (_what, live) => {
    const [first, second] = [candidate('cus_1', 'a', { live }), candidate('cus_2', 'a', { live })];
    expect(verdicts([first, second])).toEqual(['ambiguous', 'ambiguous']);
  });

  it('takes the one that the map names before all others, and none where it names several', () => {
    const live = [LIVE];
    const named = (id: string, contracts: LiveContract[] = []) => candidate(id, 'a', { rule: 'map', live: contracts });
    expect(verdicts([candidate('cus_1', 'a', { live }), named('cus_2')])).toEqual(['second_customer', 'will_link']);
    expect(verdicts([named('cus_1'), named('cus_2'), candidate('cus_3', 'a', { live })])).toEqual([
      'ambiguous',
      'ambiguous',
      'second_customer',
    ]);
    expect(verdicts([named('cus_1'), named('cus_2', live)])).toEqual(['second_customer', 'will_link']);
  });

  it('leaves alone what is linked here, unless the map says something else', () => {
    const known = { payerOf: new Map([['cus_1', 'org:x']]), closed: new Set<string>() };
    const mapped = { rule: 'map' as const };
    expect(planImport([candidate('cus_1', 'a')], known)).toMatchObject([{ verdict: 'already_linked', payer: 'org:x' }]);
    expect(verdicts([candidate('cus_1', 'a', mapped)], known)).toEqual(['linked_elsewhere']);
  });

  it('gives nothing to a payer who has a customer here or was closed', () => {
    const known = { payerOf: new Map([['cus_9', 'user:a']]), closed: new Set(['user:b']) };
    expect(verdicts([candidate('cus_1', 'a'), candidate('cus_2', 'b')], known)).toEqual([
      'second_customer',
      'payer_closed',
    ]);
  });

  it('keeps what no rule changes, and lets it stand in nobody’s way', () => {
    const other = { ...candidate('cus_1', 'a', { rule: 'map' }), settled: 'other_installation' as const };
    expect(verdicts([other, candidate('cus_2', 'a')])).toEqual(['other_installation', 'will_link']);
  });

  it('notes prices of no plan, what is paused, and several of one group', () => {
    const custom = { group: null, price: 'price_old', isPaused: false };
    const live = [LIVE, { ...LIVE, isPaused: true }, custom, custom];
    expect(planImport([candidate('cus_1', 'a', { live })], NOBODY)).toMatchObject([
      {
        live_subscriptions: 4,
        notes: ['custom_price', 'paused', 'several_live'],
        custom_prices: ['price_old'],
      },
    ]);
  });
});

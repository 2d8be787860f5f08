import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Caller } from '../support/caller.js';

const ANSWER_WITHIN_MS = 60_000;
const PURCHASE = { tier: 'professional', payment_method_id: 'pm_card_visa' };

/** A customer buys, upgrades, cancels and comes back, and asks again for as long as nobody answers. */
export async function live(caller: Caller): Promise<void> {
  await insist((key) => buy(caller, key));
  const { body } = (await insist(() => answered(caller.get('/subscription')))) as { body: { id: number } };
  const path = `/subscription/${body.id}`;
  await insist((key) => answered(caller.patch(path, { tier: 'enterprise' }).set('Idempotency-Key', key)));
  await insist((key) => answered(caller.post(`${path}/cancel`, {}).set('Idempotency-Key', key)));
  await insist((key) => answered(caller.post(`${path}/reactivate`).set('Idempotency-Key', key)));
}

type Answer = { status: number; body: unknown };

/**
 * Asks again, with the same `Idempotency-Key`, until there is an answer that will not change.
 *
 * @throws Error with the last answer when there is none in time
 */
export async function insist(
  ask: (key: string) => Promise<Answer | null>,
  key: string = randomUUID(),
): Promise<Answer> {
  const deadline = performance.now() + ANSWER_WITHIN_MS;
  for (;;) {
    const answer = await ask(key);
    const code = (answer?.body as { code?: string } | null)?.code ?? '';
    const again = answer === null || answer.status >= 500 || /_in_(use|progress)$/.test(code);
    if (answer !== null && !again) return answer;
    if (performance.now() > deadline) throw new Error(`No final answer: ${JSON.stringify(answer?.body ?? null)}`);
    await wait(200);
  }
}

export function buy(caller: Caller, key: string): Promise<Answer | null> {
  return answered(caller.post('/subscription', PURCHASE).set('Idempotency-Key', key));
}

/** null when the connection broke. */
function answered(call: PromiseLike<Answer>): Promise<Answer | null> {
  return Promise.resolve(call).catch(() => null);
}

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IdempotencyKey } from '../../src/idempotency/idempotency-key.entity.js';
import { IdempotencyKeys } from '../../src/idempotency/idempotency-keys.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const HOUR_MS = 3_600_000;

describe('Idempotency-Key', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp({ environment: { DATABASE_POOL_SIZE: '3' } });
  });
  afterAll(() => test.close());

  const send = async (user: string, method: 'post' | 'patch', path: string, key: string, body: object) =>
    test.http[method](path)
      .set('Authorization', await test.bearer(user))
      .set('Idempotency-Key', key)
      .send(body);
  const rename = (user: string, key: string, name: unknown) => send(user, 'patch', '/customer', key, { name });
  const keyRow = (key: string) => test.dataSource.getRepository(IdempotencyKey).findOneBy({ key });

  it('makes a repetition answer the same without doing it again', async () => {
    const first = await rename('ada', 'rename-1', 'Ada');
    expect(first.status).toBe(200);
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    await rename('ada', 'rename-2', 'Ada Lovelace');
    const repeated = await rename('ada', 'rename-1', 'Ada');
    expect(repeated.status).toBe(200);
    expect(repeated.headers['idempotent-replayed']).toBe('true');
    expect(repeated.body).toEqual(first.body);
    const now = await test.http.get('/customer').set('Authorization', await test.bearer('ada'));
    expect(now.body.name).toBe('Ada Lovelace');
  });

  it('belongs to one user: the same key of another one is another key', async () => {
    await rename('bob', 'shared', 'Bob');
    const other = await rename('cyd', 'shared', 'Cyd');
    expect(other.body.name).toBe('Cyd');
    expect(other.headers).not.toHaveProperty('idempotent-replayed');
  });

  it('used again with another body or path answers 422; the order of members is no difference', async () => {
    await send('dan', 'patch', '/customer', 'dan-1', { name: 'Dan', phone: '1' });
    const reordered = await send('dan', 'patch', '/customer', 'dan-1', { phone: '1', name: 'Dan' });
    expect(reordered.headers['idempotent-replayed']).toBe('true');
    const otherBody = await send('dan', 'patch', '/customer', 'dan-1', { name: 'Dan', phone: '2' });
    expect(otherBody.status).toBe(422);
    expect(otherBody.body.code).toBe('idempotency_key_reused');
    const otherPath = await send('dan', 'post', '/payment-methods', 'dan-1', { name: 'Dan', phone: '1' });
    expect(otherPath.status).toBe(422);
  });

  it.each(['', 'two words', 'ü', 'x'.repeat(256)])('that is no key (%j) is refused with its field', async (key) => {
    const answer = await rename('eve', Buffer.from(key).toString('latin1'), 'Eve');
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([expect.objectContaining({ field: 'Idempotency-Key' })]);
  });

  it('is free again after a refusal, also for another body', async () => {
    const refused = await rename('fay', 'fay-1', 7);
    expect(refused.status).toBe(400);
    expect(await keyRow('fay-1')).toBeNull();
    expect((await rename('fay', 'fay-1', 'Fay')).status).toBe(200);
  });

  it('keeps a declined card, with its reason', async () => {
    const body = { payment_method_id: 'pm_card_visa_chargeDeclinedInsufficientFunds' };
    const first = await send('gus', 'post', '/payment-methods', 'gus-1', body);
    expect(first.status).toBe(402);
    const repeated = await send('gus', 'post', '/payment-methods', 'gus-1', body);
    expect(repeated.status).toBe(402);
    expect(repeated.headers['idempotent-replayed']).toBe('true');
    expect({ ...repeated.body, request_id: null }).toEqual({ ...first.body, request_id: null });
    expect(repeated.body.decline_code).toBe('insufficient_funds');
  });

  it('lets one of many requests at once through, and holds no connection meanwhile', async () => {
    const body = { payment_method_id: 'pm_card_visa' };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send('hal', 'post', '/payment-methods', 'hal-1', body)),
    );
    const done = answers.filter(({ status }) => status === 201);
    expect(done.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    const waiting = answers.filter(({ status }) => status !== 201);
    expect(waiting.every(({ body }) => body.code === 'idempotency_key_in_use')).toBe(true);
    const cards = await test.http.get('/payment-methods').set('Authorization', await test.bearer('hal'));
    expect(cards.body).toHaveLength(1);
  });

  it('in use answers 409 with the seconds to wait; when the lease has run out the request runs', async () => {
    await rename('ida', 'ida-1', 'Ida');
    await test.dataSource.query(
      `UPDATE idempotency_keys SET response_status = NULL, response_body = NULL, leased_until = now() + interval '40 s'
       WHERE key = 'ida-1'`,
    );
    const inUse = await rename('ida', 'ida-1', 'Ida');
    expect(inUse.status).toBe(409);
    expect(inUse.body.code).toBe('idempotency_key_in_use');
    expect(Number(inUse.headers['retry-after'])).toBeGreaterThan(30);
    expect(Number(inUse.headers['retry-after'])).toBeLessThanOrEqual(40);
    await test.dataSource.query(`UPDATE idempotency_keys SET leased_until = now() WHERE key = 'ida-1'`);
    const again = await rename('ida', 'ida-1', 'Ida');
    expect(again.status).toBe(200);
    expect(again.headers).not.toHaveProperty('idempotent-replayed');
  });

  it('never stores a client secret, and fetches it anew as long as it is needed', async () => {
    const first = await send('jon', 'post', '/payment-methods/setup-intent', 'jon-1', {});
    expect(first.body.client_secret).toMatch(/_secret_/);
    const row = await keyRow('jon-1');
    expect(row?.responseBody).toEqual({ ...first.body, client_secret: null });
    const repeated = await send('jon', 'post', '/payment-methods/setup-intent', 'jon-1', {});
    expect(repeated.body).toEqual(first.body);
    await test.stripe.setupIntents.cancel(first.body.id as string);
    const late = await send('jon', 'post', '/payment-methods/setup-intent', 'jon-1', {});
    expect(late.status).toBe(201);
    expect(late.body).toEqual({ ...first.body, client_secret: null });
  });

  it('is kept for 24 hours', async () => {
    await rename('kim', 'kim-1', 'Kim');
    await test.dataSource.query(`UPDATE idempotency_keys SET created_at = $1 WHERE key = 'kim-1'`, [
      new Date(Date.now() - 25 * HOUR_MS),
    ]);
    const again = await rename('kim', 'kim-1', 'Kimberley');
    expect(again.body.name).toBe('Kimberley');
    await rename('kim', 'kim-2', 'Kim');
    await test.dataSource.query(`UPDATE idempotency_keys SET created_at = $1 WHERE key = 'kim-2'`, [
      new Date(Date.now() - 25 * HOUR_MS),
    ]);
    await test.app.get(IdempotencyKeys).prune();
    expect(await keyRow('kim-2')).toBeNull();
    expect(await keyRow('kim-1')).not.toBeNull();
  });

  it('changes nothing without a token, on a read, or when it is not sent', async () => {
    const key = randomUUID();
    await test.http.patch('/customer').set('Idempotency-Key', key).send({ name: 'Nobody' }).expect(401);
    await test.http
      .get('/customer')
      .set('Authorization', await test.bearer('lea'))
      .set('Idempotency-Key', key)
      .expect(200);
    expect(await keyRow(key)).toBeNull();
    const before = await test.dataSource.getRepository(IdempotencyKey).count();
    await test.http
      .patch('/customer')
      .set('Authorization', await test.bearer('lea'))
      .send({ name: 'Lea' })
      .expect(200);
    expect(await test.dataSource.getRepository(IdempotencyKey).count()).toBe(before);
  });
});

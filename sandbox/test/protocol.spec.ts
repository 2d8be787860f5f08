import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, createSandbox } from '../src/sandbox.js';
import { RawApi } from './support/raw-api.js';
import { API_VERSION } from '../src/api-version.js';

describe('the protocol, without an SDK', () => {
  let sandbox: Sandbox;
  const failures: string[] = [];
  let api: RawApi;
  beforeAll(async () => {
    sandbox = await createSandbox({ log: (message, error) => failures.push(`${message} ${String(error)}`) });
    api = new RawApi(sandbox.port);
  });
  afterAll(async () => {
    api.close();
    await sandbox.close();
    expect(failures).toEqual([]);
  });

  const ask: RawApi['ask'] = (...request) => api.ask(...request);
  const post: RawApi['post'] = (...request) => api.post(...request);
  const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
  const makeCustomer = async (fields: Record<string, string> = {}): Promise<string> =>
    String((await post('/v1/customers', form(fields))).body.id);

  describe('form bodies', () => {
    it('take nested keys, lists with and without positions, and lists as objects', async () => {
      const nested = { 'address[line1]': 'Way 1', 'metadata[a.b c]': 'x=&y', 'preferred_locales[]': 'de' };
      const customer = await post('/v1/customers', `${form(nested)}&preferred_locales[]=en`);
      expect(customer.body).toMatchObject({
        address: { line1: 'Way 1' },
        metadata: { 'a.b c': 'x=&y' },
        preferred_locales: ['de', 'en'],
      });
      const sparse = await post(
        '/v1/products',
        form({ name: 'x', 'images[7]': 'http://b/', 'images[2]': 'http://a/' }),
      );
      expect(sparse.body.images).toEqual(['http://a/', 'http://b/']);
      const query = await ask('GET', '/v1/customers?created[gte]=1&created[lt]=2');
      expect(query.body.data).toEqual([]);
    });

    it('name the parameter that is wrong with its full path', async () => {
      const price = { currency: 'usd', unit_amount: '1', product: 'prod_none', 'recurring[interval]': 'fortnight' };
      const wrong = await post('/v1/prices', form(price));
      expect(wrong.error).toMatchObject({ type: 'invalid_request_error', param: 'recurring[interval]' });
      const unknown = await post('/v1/customers', form({ 'address[galaxy]': 'x' }));
      expect(unknown.error).toMatchObject({ code: 'parameter_unknown', param: 'address[galaxy]' });
    });
  });

  describe('metadata', () => {
    it('merges, removes single keys by empty values and all of them by an empty whole', async () => {
      const id = await makeCustomer({ 'metadata[a]': '1', 'metadata[b]': '2' });
      const merged = await post(`/v1/customers/${id}`, form({ 'metadata[b]': '', 'metadata[c]': '3' }));
      expect(merged.body.metadata).toEqual({ a: '1', c: '3' });
      expect((await post(`/v1/customers/${id}`, form({ name: 'x' }))).body.metadata).toEqual({ a: '1', c: '3' });
      expect((await post(`/v1/customers/${id}`, form({ metadata: '' }))).body.metadata).toEqual({});
    });

    it('has limits of number and length', async () => {
      const many = Object.fromEntries(Array.from({ length: 51 }, (_, number) => [`metadata[k${number}]`, 'x']));
      const refusals = [many, { [`metadata[${'k'.repeat(41)}]`]: 'x' }, { 'metadata[k]': 'x'.repeat(501) }];
      for (const fields of refusals) expect(await post('/v1/customers', form(fields))).toMatchObject({ status: 400 });
      const half = (from: number) =>
        form(Object.fromEntries(Array.from({ length: 30 }, (_, number) => [`metadata[k${from + number}]`, 'x'])));
      const id = String((await post('/v1/customers', half(0))).body.id);
      expect(await post(`/v1/customers/${id}`, half(30))).toMatchObject({ status: 400 });
      expect(Object.keys((await ask('GET', `/v1/customers/${id}`)).body.metadata as object)).toHaveLength(30);
    });
  });

  describe('lists', () => {
    it('say at every cursor, in both directions, whether there is more', async () => {
      const ids: string[] = [];
      for (let number = 0; number < 7; number += 1) {
        const created = await post('/v1/coupons', form({ percent_off: '5', id: `LIST${number}` }));
        ids.unshift(String(created.body.id));
      }
      const page = async (query: string) => {
        const { body } = await ask('GET', `/v1/coupons?${query}`);
        return { ids: (body.data as { id: string }[]).map(({ id }) => id), more: body.has_more };
      };
      for (const [position, id] of ids.entries()) {
        for (const limit of [1, 3, 7]) {
          const rest = ids.slice(position + 1);
          const before = ids.slice(0, position);
          expect(await page(`limit=${limit}&starting_after=${id}`)).toEqual({
            ids: rest.slice(0, limit),
            more: rest.length > limit,
          });
          expect(await page(`limit=${limit}&ending_before=${id}`)).toEqual({
            ids: before.slice(-limit),
            more: before.length > limit,
          });
        }
      }
      for (const query of ['limit=0', 'limit=101', 'limit=x', 'starting_after=A&ending_before=B']) {
        expect(await ask('GET', `/v1/coupons?${query}`)).toMatchObject({ status: 400 });
      }
    });
  });

  describe('expand[]', () => {
    it('goes four levels deep and not five, and refuses what is no reference', async () => {
      const customer = await makeCustomer({ payment_method: 'pm_card_visa' });
      const methods = await ask('GET', `/v1/customers/${customer}/payment_methods`);
      const [method] = methods.body.data as { id: string }[];
      await post('/v1/invoiceitems', form({ customer, amount: '500', currency: 'usd' }));
      const invoice = await post('/v1/invoices', form({ customer, pending_invoice_items_behavior: 'include' }));
      const path = `/v1/invoices/${String(invoice.body.id)}`;
      await post(`${path}/pay`, form({ payment_method: method?.id ?? '' }));
      const deep = await ask('GET', `${path}?expand[]=payments.data.payment.payment_intent&expand[]=customer`);
      expect(deep.body.customer).toMatchObject({ id: customer, object: 'customer' });
      expect(deep.body.payments).toMatchObject({
        data: [{ payment: { payment_intent: { object: 'payment_intent' } } }],
      });
      for (const expansion of ['payments.data.payment.payment_intent.latest_charge', 'number', 'none', 'customer..x']) {
        const refused = await ask('GET', `${path}?expand[]=${expansion}`);
        expect(refused).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } });
      }
    });
  });

  describe('Idempotency-Key', () => {
    const keyed = (key: string, fields: Record<string, string>, path = '/v1/customers') =>
      post(path, form(fields), { 'idempotency-key': key });
    const named = async (name: string): Promise<number> => {
      const { body } = await ask('GET', '/v1/customers?limit=100');
      return (body.data as { name: string }[]).filter((customer) => customer.name === name).length;
    };

    it('is answered with what it was answered first, and says so', async () => {
      const first = await keyed('one', { name: 'One', email: 'a@b' });
      const again = await keyed('one', { email: 'a@b', name: 'One' });
      expect(again.body).toEqual(first.body);
      expect(again.headers).toMatchObject({
        'idempotency-key': 'one',
        'idempotent-replayed': 'true',
        'original-request': first.headers['request-id'],
      });
      expect(first.headers['idempotent-replayed']).toBeUndefined();
      expect(await named('One')).toBe(1);
    });

    it('is refused with other parameters or at another address', async () => {
      await keyed('two', { name: 'Two' });
      const refused = { status: 400, error: { type: 'idempotency_error' } };
      expect(await keyed('two', { name: 'Three' })).toMatchObject(refused);
      expect(await keyed('two', { name: 'Two' }, '/v1/products')).toMatchObject(refused);
      expect(await keyed('k'.repeat(256), { name: 'Long' })).toMatchObject({ status: 400 });
    });

    it('remembers a refusal of the work, not one of the parameters', async () => {
      const wrong = { amount: '500', currency: 'usd', payment_method: 'pm_card_chargeDeclined', confirm: 'true' };
      const first = await keyed('three', wrong, '/v1/payment_intents');
      expect(first).toMatchObject({ status: 402, error: { code: 'card_declined' } });
      const again = await keyed('three', wrong, '/v1/payment_intents');
      expect(again.body).toEqual(first.body);
      expect((await keyed('four', { colour: 'red' })).status).toBe(400);
      expect((await keyed('four', { name: 'Four' })).status).toBe(200);
    });

    it('sent twice at once works once: the other answer is 409 or the same', async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => keyed('five', { name: 'Five' })));
      expect(await named('Five')).toBe(1);
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        expect(answer).toMatchObject({
          status: 409,
          error: { type: 'idempotency_error', code: 'idempotency_key_in_use' },
        });
      }
      const ids = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.id));
      expect(ids.size).toBe(1);
    });
  });

  describe('headers', () => {
    it('tell the request, the version and the time of the sandbox', async () => {
      await post('/_sandbox/advance', JSON.stringify({ seconds: 5_000 }));
      const { headers } = await ask('GET', '/v1/customers?limit=1');
      expect(headers['request-id']).toMatch(/^req_[A-Za-z0-9]{14}$/);
      expect(headers['stripe-version']).toBe(API_VERSION);
      const now = Number((await ask('GET', '/_sandbox/state')).body.now);
      expect(Math.abs(Date.parse(headers.date ?? '') / 1_000 - now)).toBeLessThan(3);
    });

    it('another version is refused; without one, parameters of earlier versions are taken', async () => {
      await post('/v1/coupons', form({ percent_off: '10', id: 'OLD' }));
      const pinned = { 'stripe-version': API_VERSION };
      expect((await ask('GET', '/v1/coupons', undefined, pinned)).status).toBe(200);
      for (const version of ['2024-06-20', 'x', '2026-10-28']) {
        expect((await ask('GET', '/v1/coupons', undefined, { 'stripe-version': version })).status).toBe(400);
      }
      const refused = await post('/v1/promotion_codes', form({ coupon: 'OLD' }), pinned);
      expect(refused.error).toMatchObject({ code: 'parameter_unknown', param: 'coupon' });
      const accepted = await post('/v1/promotion_codes', form({ coupon: 'OLD' }));
      expect(accepted.body.promotion).toEqual({ type: 'coupon', coupon: 'OLD' });
      const intent = { amount: '500', currency: 'usd', 'payment_method_types[]': 'card' };
      expect((await post('/v1/payment_intents', form(intent), pinned)).error).toMatchObject({
        param: 'payment_method_types',
      });
      expect((await post('/v1/payment_intents', form(intent))).body.payment_method_types).toEqual(['card']);
    });

    it('a key is asked for, in either form, and only a test key is taken', async () => {
      const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
      const statusOf = async (authorization: string, path = '/v1/customers') =>
        (await ask('GET', path, undefined, { authorization })).status;
      expect(await statusOf(basic('sk_test_1'))).toBe(200);
      expect(await statusOf('bearer rk_test_1')).toBe(200);
      for (const wrong of ['', 'Bearer', 'Bearer sk_live_1', 'Bearer x', 'Token sk_test_1', basic(''), 'Basic !']) {
        expect(await statusOf(wrong)).toBe(401);
      }
      expect(await statusOf('Bearer pk_test_1')).toBe(403);
      expect(await statusOf('Bearer pk_test_1', '/v1/payment_intents/pi_none')).toBe(404);
    });
  });

  describe('errors', () => {
    it('have type, code, param, message and the address of their documentation', async () => {
      const missing = await ask('GET', '/v1/customers/cus_none');
      expect(missing).toMatchObject({
        status: 404,
        error: {
          type: 'invalid_request_error',
          code: 'resource_missing',
          param: 'id',
          message: "No such customer: 'cus_none'",
          doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
          request_log_url: `https://dashboard.stripe.com/test/logs/${String(missing.headers['request-id'])}`,
        },
      });
      const named = await post('/v1/invoiceitems', form({ customer: 'cus_none', amount: '1', currency: 'usd' }));
      expect(named).toMatchObject({ status: 400, error: { code: 'resource_missing', param: 'customer' } });
    });

    it('of a declined card carry the intent, the charge and the decline code', async () => {
      const fields = { amount: '500', currency: 'usd', payment_method: 'pm_card_chargeDeclined', confirm: 'true' };
      expect(await post('/v1/payment_intents', form(fields))).toMatchObject({
        status: 402,
        error: {
          type: 'card_error',
          code: 'card_declined',
          decline_code: 'generic_decline',
          charge: expect.stringMatching(/^ch_/),
          payment_intent: { object: 'payment_intent', status: 'requires_payment_method' },
          payment_method: { object: 'payment_method' },
        },
      });
    });
  });
});

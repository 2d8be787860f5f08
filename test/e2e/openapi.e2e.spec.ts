import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OpenAPIObject } from '@nestjs/swagger';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ERRORS } from '../../src/common/billing-error.js';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
interface Field {
  $ref?: string;
  description?: string;
  example?: unknown;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const BASE = '/api/v1/billing';
/** What needs no token: `@Public` routes. */
const PUBLIC = ['/health/live', '/health/ready', '/metrics', `${BASE}/plans`, `${BASE}/config`, `${BASE}/webhook`];

describe('the OpenAPI document', () => {
  let test: TestApp;
  let document: OpenAPIObject;
  let operations: { name: string; path: string; method: (typeof METHODS)[number]; operation: Operation }[];
  beforeAll(async () => {
    test = await createTestApp();
    document = (await test.root.get('/docs-json').expect(200)).body as OpenAPIObject;
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method];
        return operation === undefined ? [] : [{ name: `${method} ${path}`, path, method, operation }];
      }),
    );
  });
  afterAll(() => test.close());

  /** Names of the operations that break a rule. */
  const breaking = (fits: (found: (typeof operations)[number]) => boolean) =>
    operations.filter((found) => !fits(found)).map(({ name }) => name);
  const answersOf = (operation: Operation) => Object.keys(operation.responses);

  it('validates against the schema of OpenAPI 3', async () => {
    const result = await new Validator().validate({ ...document });
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
  });

  it('is shown by Swagger UI at /docs', async () => {
    const page = await test.root.get('/docs').expect(200);
    expect(page.text).toContain('swagger-ui');
  });

  it('gives every operation a summary, tags that are explained, and an answer for success', () => {
    const explained = new Set(document.tags?.filter(({ description }) => description).map(({ name }) => name));
    expect(breaking(({ operation }) => (operation.summary ?? '').length > 5)).toEqual([]);
    expect(breaking(({ operation }) => operation.tags?.every((tag) => explained.has(tag)) === true)).toEqual([]);
    expect(breaking(({ operation }) => answersOf(operation).some((status) => status.startsWith('2')))).toEqual([]);
  });

  it('asks for the bearer token on every operation but the public ones', () => {
    const secured = operations.filter(({ operation }) => (operation.security ?? []).length > 0);
    expect(operations.filter((found) => !secured.includes(found)).filter(({ path }) => !PUBLIC.includes(path))).toEqual(
      [],
    );
    expect(secured.filter(({ path }) => PUBLIC.includes(path))).toEqual([]);
    expect(document.components?.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('documents the errors that the kind of an operation implies', () => {
    const secured = ({ path }: { path: string }) => !PUBLIC.includes(path);
    const documents =
      (...statuses: string[]) =>
      ({ operation }: { operation: Operation }) =>
        statuses.every((status) => answersOf(operation).includes(status));
    const breakingOf = (kind: (found: (typeof operations)[number]) => boolean, ...statuses: string[]) =>
      breaking((found) => !kind(found) || documents(...statuses)(found));
    expect(breakingOf(() => true, '500')).toEqual([]);
    expect(breakingOf(secured, '400', '401', '403', '429', '503')).toEqual([]);
    expect(breakingOf((found) => secured(found) && found.path.includes('{id}'), '404')).toEqual([]);
    expect(breakingOf((found) => secured(found) && found.method !== 'get', '413', '415')).toEqual([]);
    expect(breakingOf((found) => secured(found) && ['post', 'patch'].includes(found.method), '409', '422')).toEqual([]);
    // What an operator replays is handled later; members, who may come in, what is used and where events go are not known to Stripe.
    const asksStripe = ({ path }: { path: string }) =>
      secured({ path }) && !/webhook-events|members|activate|outgoing|entitlements|usage/.test(path);
    expect(breakingOf((found) => asksStripe(found) && found.method !== 'get', '502', '503')).toEqual([]);
  });

  it('shows every error as problem details, with an example of each code', () => {
    for (const { name, path, operation } of operations) {
      for (const [status, answer] of Object.entries(operation.responses)) {
        if (!/^[45]/.test(status) || path === '/health/ready') continue;
        const { content } = answer as { content?: Record<string, { schema: Field; examples: Record<string, object> }> };
        const problem = content?.['application/problem+json'];
        expect([name, status, problem?.schema.$ref]).toEqual([name, status, '#/components/schemas/ProblemDto']);
        for (const [code, example] of Object.entries(problem?.examples ?? {}))
          expect(example).toMatchObject({ value: { status: Number(status), code, detail: expect.any(String) } });
      }
    }
  });

  it('shows every code of an error at an operation that answers it', () => {
    const shown = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap((answer) => {
        const { content } = answer as { content?: Record<string, { examples?: object }> };
        return Object.keys(content?.['application/problem+json']?.examples ?? {});
      }),
    );
    expect([...new Set(shown)].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it('has lists that can be read with the parameters that Swagger UI fills in', async () => {
    const admin = await test.bearer('operator', { role: 'admin' });
    const lists = operations.filter(({ path, method }) => method === 'get' && !PUBLIC.includes(path));
    const addresses = lists
      .filter(({ path }) => !path.includes('{'))
      .map(({ path, operation }) => {
        const parameters = (operation.parameters ?? []) as { name: string; schema: Field }[];
        const filledIn: [string, string][] = parameters.flatMap(({ name, schema }) =>
          schema.example === undefined ? [] : [[name, schema.example as string]],
        );
        return `${path.slice(BASE.length)}?${new URLSearchParams(filledIn).toString()}`;
      });
    expect(addresses).toContainEqual(expect.stringContaining('/webhook-events?limit=10'));
    for (const address of addresses) {
      const { status } = await test.http.get(address).set('Authorization', admin);
      expect([address, status]).toEqual([address, 200]);
    }
  });

  it('offers the Idempotency-Key on every POST and PATCH of a user, and nowhere else', () => {
    const offers = ({ operation }: { operation: Operation }) =>
      (operation.parameters ?? []).some((parameter) => 'name' in parameter && parameter.name === 'Idempotency-Key');
    const expected = operations
      .filter(({ path, method }) => !PUBLIC.includes(path) && ['post', 'patch'].includes(method))
      .map(({ name }) => name);
    expect(operations.filter(offers).map(({ name }) => name)).toEqual(expected);
  });

  it('gives every field and every parameter a description, and every field an example', () => {
    const schemas = Object.entries(document.components?.schemas ?? {}) as [
      string,
      { properties?: Record<string, Field> },
    ][];
    const fields = schemas.flatMap(([schema, { properties = {} }]) =>
      Object.entries(properties).map(([field, value]) => ({ name: `${schema}.${field}`, ...value })),
    );
    expect(fields.length).toBeGreaterThan(80);
    expect(fields.filter(({ description = '' }) => description.length < 4).map(({ name }) => name)).toEqual([]);
    expect(fields.filter(({ example }) => example === undefined).map(({ name }) => name)).toEqual([]);
    const parameters = operations.flatMap(({ name, operation }) =>
      (operation.parameters ?? []).map((parameter) => ({ operation: name, ...parameter })),
    );
    expect(parameters.filter((parameter) => !('description' in parameter))).toEqual([]);
    expect(
      parameters.filter((parameter) => 'in' in parameter && parameter.in === 'query' && parameter.required),
    ).toEqual([]);
  });

  it('shows the webhook as a raw body with a signature and without a token', () => {
    const operation = document.paths[`${BASE}/webhook`]?.post;
    expect(operation?.requestBody).toMatchObject({
      required: true,
      description: expect.stringContaining('byte for byte'),
    });
    expect(operation?.parameters).toEqual([expect.objectContaining({ name: 'Stripe-Signature', required: true })]);
    expect(operation?.security).toBeUndefined();
  });

  it('has bodies and ids that succeed unedited, one after the other, for a user without anything', async () => {
    const caller = await Caller.create(test);
    const bodyOf = (path: string, method: 'post' | 'patch', example = 0): object => {
      const body = document.paths[`${BASE}${path}`]?.[method]?.requestBody;
      const content = (body as { content: Record<string, { examples?: object; schema: Field }> }).content[
        'application/json'
      ];
      const named = Object.values(content?.examples ?? {}) as { value: object }[];
      return named[example]?.value ?? exampleOf(document, content?.schema.$ref ?? '');
    };
    await caller.patch('/customer', bodyOf('/customer', 'patch')).expect(200);
    await caller.post('/payment-methods', bodyOf('/payment-methods', 'post')).expect(201);
    await caller.post('/payment-methods/setup-intent').expect(201);
    await caller.post('/payment-methods/1/default').expect(200);
    await caller.post('/subscription', bodyOf('/subscription', 'post')).expect(201);
    await caller.get('/subscription').expect(200);
    await caller.get('/subscriptions?limit=10').expect(200);
    await test.settle();
    await caller.get('/invoices?status_filter=paid&limit=10').expect(200);
    const { body: invoice } = await caller.get('/invoices/1').expect(200);
    const shown = exampleOf(document, '#/components/schemas/InvoiceDto') as Record<string, string>;
    const isOneMoment = ({ created, period_start, period_end }: Record<string, string>) =>
      period_start === created && period_end === created;
    expect(isOneMoment(shown)).toBe(isOneMoment(invoice as Record<string, string>));
    await caller.patch('/subscription/1', bodyOf('/subscription/{id}', 'patch')).expect(200);
    await caller.post('/subscription/1/cancel', bodyOf('/subscription/{id}/cancel', 'post')).expect(200);
    await caller.post('/subscription/1/reactivate').expect(200);
    await caller.post('/subscription/1/cancel', bodyOf('/subscription/{id}/cancel', 'post', 1)).expect(200);
    const [card] = await caller.listCards();
    await caller.delete(`/payment-methods/${card?.id}`).expect(204);
  }, 60_000);
});

/** The body that Swagger UI makes of the examples of a schema's fields. */
function exampleOf(document: OpenAPIObject, reference: string): object {
  const schema = document.components?.schemas?.[reference.split('/').at(-1) ?? ''] as {
    properties: Record<string, Field>;
  };
  return Object.fromEntries(Object.entries(schema.properties).map(([name, { example }]) => [name, example]));
}

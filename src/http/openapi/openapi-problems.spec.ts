import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '../../common/billing-error.js';
import { completeProblems } from './openapi-problems.js';

type Method = 'get' | 'post' | 'patch' | 'delete';
interface Completed {
  parameters?: { name: string }[];
  responses: Record<string, { description: string; content: Record<string, { examples: Record<string, unknown> }> }>;
}

/** The operation of a document with this one alone, after its problems were completed. */
function complete(method: Method, operation: object): Completed {
  const item = { [method]: { responses: {}, ...operation } };
  const document = { openapi: '3.0.0', info: { title: '', version: '' }, paths: { '/a': item } };
  completeProblems(document);
  return item[method] as unknown as Completed;
}

/** The codes of its errors by status. */
function codesOf(method: Method, operation: object): Record<string, string[]> {
  const { responses } = complete(method, operation);
  return Object.fromEntries(
    Object.entries(responses).map(([status, { content }]) => [
      status,
      Object.keys(content['application/problem+json']?.examples ?? {}),
    ]),
  );
}

/** The headers that it takes. */
const namesOf = (method: Method, operation: object) =>
  (complete(method, operation).parameters ?? []).map(({ name }) => name);

const WITH_TOKEN = { security: [{ bearer: [] }] };

describe('the errors of an operation', () => {
  it('are those that it lists, by status, without the marks that list them', () => {
    const operation = complete('get', { 'x-problem-invalid_tier': true, 'x-problem-not_found': true });
    expect(Object.keys(operation).filter((name) => name.startsWith('x-'))).toEqual([]);
    expect(Object.keys(operation.responses)).toEqual(['400', '404', '500']);
    expect(operation.responses['404']?.description).toBe('`not_found`: Not found');
  });

  it('share an answer where their status is the same, each with an example', () => {
    expect(codesOf('get', { 'x-problem-invalid_tier': true, 'x-problem-invalid_interval': true })['400']).toEqual([
      'invalid_tier',
      'invalid_interval',
    ]);
  });

  it('have an example that is the answer', () => {
    const { responses } = complete('get', { 'x-problem-card_declined': true });
    const { status, title, detail } = ERRORS.card_declined;
    expect(responses['402']?.content['application/problem+json']?.examples.card_declined).toEqual({
      summary: detail,
      value: expect.objectContaining({ status, title, detail, message: detail, code: 'card_declined' }),
    });
  });

  it('leave out a mark that names no error', () => {
    expect(codesOf('get', { 'x-problem-no_such_code': true })).toEqual({ 500: ['internal_error'] });
  });

  it('are, of a route without a token, no more than that it may fail', () => {
    expect(codesOf('post', {})).toEqual({ 500: ['internal_error'] });
  });

  it('are, of a read with a token, wrong parameters and a service that is not ready', () => {
    expect(codesOf('get', WITH_TOKEN)).toEqual({
      400: ['validation_failed'],
      500: ['internal_error'],
      503: ['service_unavailable'],
    });
  });

  it.each(['post', 'patch'] as const)('are, of a %s, also those of its body and of its Idempotency-Key', (method) => {
    expect(codesOf(method, WITH_TOKEN)).toMatchObject({
      400: ['validation_failed', 'malformed_json'],
      409: ['idempotency_key_in_use'],
      413: ['payload_too_large'],
      415: ['unsupported_media_type'],
      422: ['idempotency_key_reused'],
    });
    expect(namesOf(method, WITH_TOKEN)).toEqual(['On-Behalf-Of', 'Idempotency-Key']);
  });

  it('take no Idempotency-Key on a delete, which repeats itself', () => {
    expect(namesOf('delete', WITH_TOKEN)).toEqual(['On-Behalf-Of']);
    expect(codesOf('delete', WITH_TOKEN)).not.toHaveProperty('422');
  });

  it("are Stripe's refusals of every change that asks Stripe, and of no read", () => {
    const asking = { ...WITH_TOKEN, 'x-problem-stripe_unavailable': true };
    expect(codesOf('post', asking)).toMatchObject({
      400: expect.arrayContaining(['refused_by_stripe']),
      409: expect.arrayContaining(['conflict']),
      502: ['stripe_failed'],
    });
    expect(codesOf('get', asking)).not.toHaveProperty('502');
  });
});

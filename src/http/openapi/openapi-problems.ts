import { getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_EXTENSION } from './api-docs.js';
import { type ErrorCode, ERRORS } from '../../common/billing-error.js';
import { ProblemDto } from './problem.dto.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new ' +
    'one for each thing that is wanted',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;

const ON_BEHALF_OF = {
  name: 'On-Behalf-Of',
  in: 'header',
  required: false,
  description:
    'With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded',
  schema: { type: 'string' },
} as const;

/** Turns the errors that the operations list into responses with examples, and adds those that their kind implies. */
export function completeProblems(document: OpenAPIObject): void {
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const listed = takeListed(operation);
      const codes = [...listed, ...implied(operation, method, listed)];
      for (const [status, group] of byStatus(codes)) operation.responses[status] = answer(group);
      if (actsForPayer(operation, listed)) operation.parameters = [...(operation.parameters ?? []), ON_BEHALF_OF];
      if (isRepeatable(operation, method)) operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
    }
  }
}

function takeListed(operation: Operation): ErrorCode[] {
  const fields = operation as unknown as Record<string, unknown>;
  const names = Object.keys(fields).filter((name) => name.startsWith(PROBLEM_EXTENSION));
  for (const name of names) delete fields[name];
  return names.map((name) => name.slice(PROBLEM_EXTENSION.length)).filter(isErrorCode);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

function implied(operation: Operation, method: Method, listed: readonly ErrorCode[]): ErrorCode[] {
  const codes: ErrorCode[] = ['internal_error'];
  // Whatever changes something at Stripe can be refused there for reasons that no service knows.
  if (listed.includes('stripe_unavailable') && method !== 'get')
    codes.push('refused_by_stripe', 'conflict', 'stripe_failed');
  if (!needsToken(operation)) return codes;
  codes.push('validation_failed', 'service_unavailable');
  if (method !== 'get' && actsForPayer(operation, listed)) codes.push('buyer_role_required');
  if (method !== 'get') codes.push('malformed_json', 'payload_too_large', 'unsupported_media_type');
  if (isRepeatable(operation, method)) codes.push('idempotency_key_in_use', 'idempotency_key_reused');
  return codes;
}

function needsToken(operation: Operation): boolean {
  return operation.security !== undefined && operation.security.length > 0;
}

/** Operators act for nobody. */
function actsForPayer(operation: Operation, listed: readonly ErrorCode[]): boolean {
  return needsToken(operation) && !listed.includes('role_required');
}

function isRepeatable(operation: Operation, method: Method): boolean {
  return needsToken(operation) && (method === 'post' || method === 'patch');
}

function byStatus(codes: readonly ErrorCode[]): Map<string, ErrorCode[]> {
  const groups = new Map<string, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const status = String(ERRORS[code].status);
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}

function answer(codes: readonly ErrorCode[]): Operation['responses'][string] {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].detail}`).join('; '),
    content: {
      'application/problem+json': {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(
          codes.map((code) => [code, { summary: ERRORS[code].detail, value: example(code) }]),
        ),
      },
    },
  };
}

function example(code: ErrorCode): object {
  const { status, title, detail } = ERRORS[code];
  const problem = { type: 'about:blank', title, status, detail, message: detail, code };
  return { ...problem, request_id: '0f8fad5b-d9cb-469f-a165-70867728950e' };
}

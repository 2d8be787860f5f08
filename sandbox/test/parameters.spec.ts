import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import ts from 'typescript';
import { type Parameter, type ParameterShape } from '../src/http/parameters.js';
import { type Route } from '../src/http/router.js';
import { API_VERSION } from '../src/api-version.js';
import { RESOURCES, type Sandbox, createSandbox } from '../src/sandbox.js';
import { StripeCalls } from './support/stripe-calls.js';

const ROUTES = RESOURCES.flatMap((resource) => resource.routes);

/** Routes that the stripe package has no method for: Stripe's command-line program completes sessions with them. */
const UNPUBLISHED = ['GET /v1/payment_pages/:session', 'POST /v1/payment_pages/:session/confirm'];

/** What Stripe's own scripts send with a publishable key, which the package for servers does not declare everywhere. */
const OF_BROWSERS = ['client_secret'];

const nameOf = (route: Route): string => `${route.method} ${route.path}`;

describe('the parameters of the sandbox, compared with those that the stripe package declares', () => {
  let calls: StripeCalls;
  let sandbox: Sandbox;
  beforeAll(async () => {
    calls = new StripeCalls();
    sandbox = await createSandbox();
  }, 60_000);
  afterAll(() => sandbox.close());

  const send = async (route: Route, sent: string): Promise<unknown> => {
    const path = route.path.replaceAll(/:[^/]+/g, 'x');
    const inQuery = route.method !== 'POST';
    const response = await fetch(`${sandbox.url}${path}${inQuery ? `?${sent}` : ''}`, {
      method: route.method,
      headers: {
        authorization: 'Bearer sk_test_1',
        'content-type': 'application/x-www-form-urlencoded',
        'stripe-version': API_VERSION,
      },
      ...(inQuery ? {} : { body: sent }),
    });
    const { error } = (await response.json()) as { error?: { code?: string; param?: string } };
    return { status: response.status, code: error?.code, param: error?.param };
  };

  it('every route refuses a parameter that nobody knows, and those of earlier API versions', async () => {
    const accepted: string[] = [];
    for (const route of ROUTES) {
      for (const name of ['sandbox_probe', ...Object.keys(route.olderParameters ?? {})]) {
        if (Object.hasOwn(route.parameters, name)) continue;
        const answer = await send(route, `${name}=1`);
        const refused = { status: 400, code: 'parameter_unknown', param: name };
        if (!isDeepStrictEqual(answer, refused)) accepted.push(`${nameOf(route)} ${name} ${JSON.stringify(answer)}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('every parameter that is not modelled is refused with words that say so, whatever else is missing', async () => {
    const accepted: string[] = [];
    let count = 0;
    for (const route of ROUTES) {
      for (const [name, parameter] of Object.entries(route.parameters)) {
        if (parameter.parts?.unsupported !== true) continue;
        count += 1;
        const answer = await send(route, `${name}=1`);
        const refused = { status: 400, code: 'sandbox_unsupported', param: name };
        if (!isDeepStrictEqual(answer, refused)) accepted.push(`${nameOf(route)} ${name} ${JSON.stringify(answer)}`);
      }
    }
    expect(accepted).toEqual([]);
    expect(count).toBeGreaterThan(250);
  });

  it('every route is a call of the stripe package', () => {
    const unknown = ROUTES.filter((route) => calls.find(route.method, route.path) === undefined).map(nameOf);
    expect(unknown.sort()).toEqual([...UNPUBLISHED].sort());
  });

  it.each(ROUTES.filter((route) => !UNPUBLISHED.includes(nameOf(route))).map((route) => [nameOf(route), route]))(
    '%s honours or refuses every parameter, and knows no other',
    (_name, route) => {
      const type = calls.find((route as Route).method, (route as Route).path)?.parameters;
      const { parameters, publishable } = route as Route;
      const compared = publishable === true ? without(parameters, OF_BROWSERS) : parameters;
      expect(new Comparison(calls.checker).shape(compared, type, '')).toEqual([]);
    },
  );
});

class Comparison {
  constructor(private readonly checker: ts.TypeChecker) {}

  shape(shape: ParameterShape, type: ts.Type | undefined, place: string): string[] {
    const full = (name: string): string => (place === '' ? name : `${place}[${name}]`);
    const properties = type === undefined ? [] : this.checker.getPropertiesOfType(type);
    const names = properties.map(({ name }) => name).filter((name) => place !== '' || name !== 'expand');
    const invented = Object.keys(shape).filter((name) => !names.includes(name));
    return [
      ...invented.map((name) => `${full(name)}: Stripe has no such parameter`),
      ...names.flatMap((name) => {
        const declared = Object.hasOwn(shape, name) ? shape[name] : undefined;
        const property = properties.find((candidate) => candidate.name === name);
        if (OF_BROWSERS.includes(full(name))) return [];
        if (declared === undefined || property === undefined) return [`${full(name)}: is not declared`];
        return this.parameter(declared, this.checker.getTypeOfSymbol(property), full(name));
      }),
    ];
  }

  private parameter(declared: Parameter<unknown>, type: ts.Type, place: string): string[] {
    const parts = declared.parts ?? {};
    if (parts.unsupported === true) return refusal(declared, place);
    const members = type.isUnion() ? type.types : [type];
    const forms = [declared, ...(parts.options ?? [])].map((form) => form.parts ?? {});
    const words = forms.flatMap((form) => form.words ?? []);
    return members.flatMap((member) => {
      if (member.isStringLiteral()) {
        if (words.length === 0 || member.value === '' || words.includes(member.value)) return [];
        if (forms.some((form) => form.othersUnsupported)) return refusal(declared, place, member.value);
        return [`${place}: the word ${member.value} is not accepted`];
      }
      const [item] = this.checker.isArrayType(member) ? this.checker.getTypeArguments(member as ts.TypeReference) : [];
      const free = item ?? member.getStringIndexType();
      const itemForm = forms.find((form) => form.item)?.item;
      if (free !== undefined) return itemForm === undefined ? [] : this.parameter(itemForm, free, `${place}[]`);
      const shape = forms.find((form) => form.shape)?.shape;
      if (shape === undefined || !isPlainObject(member)) return [];
      return this.shape(shape, member, place);
    });
  }
}

function isPlainObject(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Object) !== 0 && type.symbol?.name !== 'Decimal' && !type.isIntersection();
}

function without(shape: ParameterShape, names: readonly string[]): ParameterShape {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => !names.includes(name)));
}

/** What is wrong with how a parameter, or one of its words, is refused that the sandbox does not model. */
function refusal(declared: Parameter<unknown>, place: string, value = 'x'): string[] {
  try {
    declared.decode(value, place);
  } catch (error) {
    const body = (error as { body?: { code?: string; param?: string } }).body;
    if (body?.code === 'sandbox_unsupported' && body.param === place) return [];
  }
  return [`${place}: is not refused as unsupported`];
}

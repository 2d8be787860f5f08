import { type Context } from '../kernel/context.js';
import { type ParameterShape, type Values } from './parameters.js';

export type Method = 'GET' | 'POST' | 'DELETE';

/** The names in a path pattern: `/v1/customers/:customer` has `customer`. */
type PathNames<P extends string> = P extends `${infer Segment}/${infer Rest}`
  ? PathNames<Segment> | PathNames<Rest>
  : P extends `:${infer Name}`
    ? Name
    : never;

/** What a handler receives. */
interface Call<P extends string, S extends ParameterShape, O extends ParameterShape> {
  readonly context: Context;
  readonly path: { readonly [Name in PathNames<P>]: string };
  readonly parameters: Values<S> & Partial<Values<O>>;
}

export interface RouteDefinition<P extends string, S extends ParameterShape, O extends ParameterShape> {
  readonly method: Method;
  /** e.g. `/v1/customers/:customer`. */
  readonly path: P;
  /** The accepted parameters, without `expand`, which every route accepts. */
  readonly parameters: S;
  /**
   * Parameters of earlier API versions. A request that names no version in `Stripe-Version` may send them, as Stripe's
   * own command-line program does; one that names the sandbox's version may not.
   */
  readonly olderParameters?: O;
  /** True when Stripe allows this call with a publishable key. */
  readonly publishable?: boolean;
  /** Returns the object to show (already presented), or a list. */
  handle(call: Call<P, S, O>): object;
}

/** A route without its types. */
export type Route = RouteDefinition<string, ParameterShape, ParameterShape>;

/** Declares a route; handlers get typed path names and parameters. */
export function route<
  const P extends string,
  S extends ParameterShape,
  O extends ParameterShape = Record<never, never>,
>(definition: RouteDefinition<P, S, O>): Route {
  return definition;
}

export interface Match {
  readonly route: Route;
  readonly path: Record<string, string>;
}

/** Finds the route of a request. A literal segment wins over a name. */
export class Router {
  private readonly byLength = new Map<string, { segments: string[]; route: Route }[]>();

  constructor(routes: readonly Route[]) {
    for (const definition of routes) {
      const segments = definition.path.split('/');
      const key = `${definition.method} ${segments.length}`;
      const candidates = this.byLength.get(key) ?? [];
      if (candidates.some((other) => shape(other.segments) === shape(segments))) {
        throw new Error(`${definition.method} ${definition.path} is declared twice`);
      }
      candidates.push({ segments, route: definition });
      candidates.sort((left, right) => (shape(left.segments) < shape(right.segments) ? 1 : -1));
      this.byLength.set(key, candidates);
    }
  }

  find(method: string, path: string): Match | undefined {
    const segments = path.split('/').map(decodeSegment);
    for (const candidate of this.byLength.get(`${method} ${segments.length}`) ?? []) {
      const names = matchSegments(candidate.segments, segments);
      if (names !== undefined) return { route: candidate.route, path: names };
    }
    return undefined;
  }
}

/** Names become `:`, which sorts before letters: literals come first when sorted in descending order. */
function shape(segments: readonly string[]): string {
  return segments.map((segment) => (segment.startsWith(':') ? ':' : segment)).join('/');
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const names: Record<string, string> = {};
  for (const [position, expected] of pattern.entries()) {
    const actual = segments[position] ?? '';
    if (expected.startsWith(':')) {
      if (actual === '') return undefined;
      names[expected.slice(1)] = actual;
    } else if (expected !== actual) return undefined;
  }
  return names;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

import { type Context } from '../kernel/context.js';
import { type StoredObject } from '../store/object-kind.js';
import { type RawParameters, rawList } from './form.js';
import { type StripeError, invalidRequest } from '../errors/stripe-error.js';

const MAX_LEVELS = 4;
type Fields = Record<string, unknown>;

/** Takes `expand[]` out of a request's parameters. */
export function takeExpansions(raw: RawParameters): { paths: string[]; rest: RawParameters } {
  const { expand, ...rest } = raw;
  if (expand === undefined || expand === '') return { paths: [], rest };
  const paths = rawList(expand);
  if (paths === undefined || !paths.every((path): path is string => typeof path === 'string')) {
    throw invalidRequest('Invalid array', { param: 'expand' });
  }
  if (paths.length > 50) throw invalidRequest('Too many expansions.', { param: 'expand' });
  for (const path of paths) {
    if (path.split('.').length > MAX_LEVELS) {
      throw invalidRequest(`You cannot expand more than ${MAX_LEVELS} levels of a property. Property: ${path}`, {
        param: 'expand',
      });
    }
  }
  return { paths, rest };
}

/** The answer with the ids at the given paths replaced by their objects. The answer itself stays unchanged. */
export function expand(context: Context, answer: object, paths: readonly string[]): object {
  return paths.reduce<object>(
    (value, path) => expandPath(context, value as Fields, path.split('.'), '', path, undefined),
    answer,
  );
}

/**
 * @param node the object that `segments` starts from
 * @param prefix dotted path from the nearest enclosing API object to `node`
 * @param owner that enclosing API object, when `node` is a nested hash
 */
function expandPath(
  context: Context,
  node: Fields,
  segments: readonly string[],
  prefix: string,
  path: string,
  owner: Fields | undefined,
): Fields {
  const [head = '', ...rest] = segments;
  const isObject = typeof node.object === 'string' && typeof owner !== 'object';
  const holder = isObject ? node : (owner ?? node);
  const place = prefix === '' ? head : `${prefix}.${head}`;
  const value = resolve(context, node, holder, head, place, path);
  const expanded = (entry: unknown): unknown => {
    if (rest.length === 0 || !isFields(entry)) return entry;
    const nested = typeof entry.object !== 'string';
    return expandPath(context, entry, rest, nested ? place : '', path, nested ? holder : undefined);
  };
  return { ...node, [head]: Array.isArray(value) ? value.map(expanded) : expanded(value) };
}

function resolve(context: Context, node: Fields, holder: Fields, head: string, place: string, path: string): unknown {
  const current = own(node, head);
  const type = typeof holder.object === 'string' ? context.typeOf(holder.object) : undefined;
  const target = own(type?.references, place);
  if (target !== undefined && current !== undefined) {
    const load = (id: unknown): unknown => (typeof id === 'string' ? loadReference(context, target, id) : id);
    return Array.isArray(current) ? current.map(load) : load(current);
  }
  const include = own(type?.includable, place);
  if (include !== undefined && current === undefined) {
    const record = context.byName(String(holder.object)).get(String(holder.id));
    return record === undefined ? undefined : include(record, context);
  }
  if (Array.isArray(current) || isFields(current) || (current === null && holder.object !== 'list')) return current;
  throw cannotExpand(holder, path);
}

/** A property of an object itself: a path may be `constructor` or `__proto__`. */
function own<T>(fields: { readonly [name: string]: T } | undefined, name: string): T | undefined {
  return fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function loadReference(context: Context, target: string, id: string): unknown {
  if (context.typeOf(target) === undefined) return id;
  const collection = context.byName(target);
  const record: StoredObject | undefined = collection.get(id);
  if (record !== undefined) return context.present(record);
  return collection.isDeleted(id) ? { id, object: target, deleted: true } : id;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cannotExpand(holder: Fields, path: string): StripeError {
  const hint = holder.object === 'list' ? ` You may want to try expanding 'data.${path}' instead.` : '';
  return invalidRequest(`This property cannot be expanded (${path}).${hint}`, { param: 'expand' });
}

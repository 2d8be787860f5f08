import { type RawParameters, type RawValue, rawList } from './form.js';
import { StripeError, invalidRequest, missingParameter, notSupported } from '../errors/stripe-error.js';

/** One parameter of a route: how its form value is checked and what the handler receives. */
export interface Parameter<T, Required extends boolean = boolean> {
  readonly required: Required;
  /** Checks and converts. `name` is the full name for messages, e.g. `items[0][price]`. Throws a StripeError. */
  decode(value: RawValue, name: string): T;
  /** What it is made of, for those who compare it with Stripe's own declarations. */
  readonly parts?: ParameterParts;
}

interface ParameterParts {
  /** The parameters of a nested object. */
  readonly shape?: ParameterShape;
  /** The entries of a list, or the values of an object with free keys. */
  readonly item?: Parameter<unknown>;
  /** The forms that it may have. */
  readonly options?: readonly Parameter<unknown>[];
  /** The words that it may be. */
  readonly words?: readonly string[];
  /** True when any other word is refused as one that the sandbox does not model. */
  readonly othersUnsupported?: boolean;
  /** True when the sandbox does not model it. */
  readonly unsupported?: boolean;
}

export type ParameterShape = { readonly [name: string]: Parameter<unknown> };

type Decoded<P> = P extends Parameter<infer T> ? T : never;
type RequiredNames<S> = { [Name in keyof S]: S[Name] extends Parameter<unknown, true> ? Name : never }[keyof S];

/** What a handler receives for a shape: required parameters are present, all others may be undefined. */
export type Values<S extends ParameterShape> = { [Name in RequiredNames<S>]: Decoded<S[Name]> } & {
  [Name in Exclude<keyof S, RequiredNames<S>>]?: Decoded<S[Name]>;
};

/**
 * `satisfies DeclaredFor<Stripe.XCreateParams>` proves that a shape declares every parameter that the SDK allows,
 * be it as `unsupported()`. `expand` is handled for all routes alike.
 */
export type DeclaredFor<P> = { readonly [Name in Exclude<keyof P, 'expand'>]-?: Parameter<unknown> };

function parameter<T>(decode: (value: RawValue, name: string) => T, parts: ParameterParts = {}): Parameter<T, false> {
  return { required: false, decode, parts };
}

/** Marks a parameter as required: without it 400 `parameter_missing`. */
export function required<T>(inner: Parameter<T>): Parameter<T, true> {
  return { ...inner, required: true, decode: (value, name) => inner.decode(value, name) };
}

/** A parameter that an empty value unsets: the handler receives null. */
export function unsettable<T>(inner: Parameter<T>): Parameter<T | null, false> {
  return parameter((value, name) => (value === '' ? null : inner.decode(value, name)), inner.parts);
}

/** A parameter of Stripe's that the sandbox does not model: always refused, with a message that says so. */
export function unsupported(): Parameter<never, false> {
  return parameter(
    (_value, name) => {
      throw notSupported(`the parameter '${name}'`, name);
    },
    { unsupported: true },
  );
}

/** Several parameters of Stripe's that the sandbox does not model. */
export function unsupportedParameters<const Names extends readonly string[]>(
  ...names: Names
): { readonly [Name in Names[number]]: Parameter<never, false> } {
  return Object.fromEntries(names.map((name) => [name, unsupported()])) as {
    [Name in Names[number]]: Parameter<never, false>;
  };
}

function text(value: RawValue, name: string): string {
  if (typeof value !== 'string') throw invalidRequest(`Invalid string: ${JSON.stringify(value)}`, { param: name });
  if (value === '') {
    throw invalidRequest(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however ` +
        `'${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      { code: 'parameter_invalid_empty', param: name },
    );
  }
  return value;
}

/** Text of at most `max` characters (default 5,000). */
export function string(options: { max?: number } = {}): Parameter<string, false> {
  const max = options.max ?? 5_000;
  return parameter((value, name) => {
    const decoded = text(value, name);
    if (decoded.length > max) {
      throw invalidRequest(`Invalid string: must be at most ${max} characters`, {
        code: 'parameter_invalid_string',
        param: name,
      });
    }
    return decoded;
  });
}

/** A whole number within an optional range. */
export function integer(options: { min?: number; max?: number } = {}): Parameter<number, false> {
  return parameter((value, name) => {
    const decoded = text(value, name);
    const number = Number(decoded);
    if (!/^-?\d+$/.test(decoded) || !Number.isSafeInteger(number)) {
      throw invalidRequest(`Invalid integer: ${decoded}`, { code: 'parameter_invalid_integer', param: name });
    }
    if (options.min !== undefined && number < options.min) {
      throw invalidRequest(`This value must be greater than or equal to ${options.min}.`, {
        code: 'parameter_invalid_integer',
        param: name,
      });
    }
    if (options.max !== undefined && number > options.max) {
      throw invalidRequest(`This value must be less than or equal to ${options.max}.`, {
        code: 'parameter_invalid_integer',
        param: name,
      });
    }
    return number;
  });
}

/** A decimal number kept as text, e.g. `unit_amount_decimal`. */
export function decimal(): Parameter<string, false> {
  return parameter((value, name) => {
    const decoded = text(value, name);
    if (!/^-?\d+(\.\d{1,12})?$/.test(decoded)) throw invalidRequest(`Invalid decimal: ${decoded}`, { param: name });
    return decoded;
  });
}

/** A number with a fraction, e.g. `percent_off`. */
export function float(options: { min?: number; max?: number } = {}): Parameter<number, false> {
  return parameter((value, name) => {
    const decoded = text(value, name);
    const number = Number(decoded);
    if (!/^-?\d+(\.\d+)?$/.test(decoded)) throw invalidRequest(`Invalid number: ${decoded}`, { param: name });
    if (number < (options.min ?? -Infinity) || number > (options.max ?? Infinity)) {
      throw invalidRequest(`Invalid ${name}: ${decoded} is out of range`, { param: name });
    }
    return number;
  });
}

export function boolean(): Parameter<boolean, false> {
  return parameter((value, name) => {
    const decoded = text(value, name);
    if (decoded !== 'true' && decoded !== 'false') {
      throw invalidRequest(`Invalid boolean: ${decoded}`, { param: name });
    }
    return decoded === 'true';
  });
}

/** A switch of Stripe's that the sandbox has only switched off. */
export function onlyFalse(): Parameter<false, false> {
  return parameter((value, name) => {
    if (value === 'false') return false;
    throw notSupported(`a '${name}' other than false`, name);
  });
}

/** Seconds since 1970, UTC. */
export function timestamp(): Parameter<number, false> {
  return parameter((value, name) => {
    const decoded = text(value, name);
    const number = Number(decoded);
    if (!/^\d{1,11}$/.test(decoded)) {
      throw invalidRequest('Invalid timestamp: must be an integer Unix timestamp', { param: name });
    }
    return number;
  });
}

/** One of the given words. */
export function oneOf<const Words extends readonly string[]>(...words: Words): Parameter<Words[number], false> {
  return parameter(
    (value, name) => {
      const decoded = text(value, name);
      const word = words.find((candidate) => candidate === decoded);
      if (word === undefined)
        throw invalidRequest(`Invalid ${name}: must be one of ${enumerate(words)}`, { param: name });
      return word;
    },
    { words },
  );
}

/** One of the given words; Stripe has others here, which are refused with a message that the sandbox has not. */
export function modelled<const Words extends readonly string[]>(...words: Words): Parameter<Words[number], false> {
  return parameter(
    (value, name) => {
      const word = words.find((candidate) => candidate === text(value, name));
      if (word === undefined) throw notSupported(`a '${name}' other than ${enumerate(words)}`, name);
      return word;
    },
    { words, othersUnsupported: true },
  );
}

function enumerate(words: readonly string[]): string {
  if (words.length < 3) return words.join(' or ');
  return `${words.slice(0, -1).join(', ')}, or ${words.at(-1)}`;
}

/** A three-letter currency code, in lower case for the handler. */
export function currency(): Parameter<string, false> {
  return parameter((value, name) => {
    const decoded = text(value, name).toLowerCase();
    if (!/^[a-z]{3}$/.test(decoded)) throw invalidRequest(`Invalid currency: ${decoded}`, { param: name });
    return decoded;
  });
}

/** The first of several forms that fits, e.g. a timestamp or the word `now`. */
export function either<A, B>(first: Parameter<A>, second: Parameter<B>): Parameter<A | B, false> {
  return parameter(
    (value, name) => {
      try {
        return first.decode(value, name);
      } catch (error) {
        if (!(error instanceof StripeError)) throw error;
        return second.decode(value, name);
      }
    },
    { options: [first, second] },
  );
}

/** A list of at most `max` entries (default 100). */
export function array<T>(item: Parameter<T>, options: { max?: number } = {}): Parameter<T[], false> {
  return parameter(
    (value, name) => {
      const list = rawList(value);
      if (list === undefined) throw invalidRequest('Invalid array', { param: name });
      if (list.length > (options.max ?? 100)) {
        throw invalidRequest(`Invalid array: must have at most ${options.max ?? 100} entries`, { param: name });
      }
      return list.map((entry, position) => item.decode(entry, `${name}[${position}]`));
    },
    { item },
  );
}

/** A nested object with parameters of its own. */
export function hash<S extends ParameterShape>(shape: S): Parameter<Values<S>, false> {
  return parameter(
    (value, name) => {
      if (typeof value === 'string' || Array.isArray(value)) throw invalidRequest('Invalid object', { param: name });
      return decodeParameters(shape, value, name);
    },
    { shape },
  );
}

/** A nested object whose keys are free and whose values have one form, e.g. `currency_options`. */
export function record<T>(inner: Parameter<T>): Parameter<Record<string, T>, false> {
  return parameter(
    (value, name) => {
      if (typeof value === 'string' || Array.isArray(value)) throw invalidRequest('Invalid object', { param: name });
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, inner.decode(entry, `${name}[${key}]`)]),
      );
    },
    { item: inner },
  );
}

/** Changes to metadata: text sets a key, null removes it; null as a whole removes all keys. */
export type MetadataChange = Record<string, string | null> | null;

/** `metadata`: at most 50 keys of 40 characters, values of 500; an empty value removes the key. */
export function metadata(): Parameter<MetadataChange, false> {
  return parameter((value, name) => {
    if (value === '') return null;
    if (typeof value === 'string' || Array.isArray(value)) throw invalidRequest('Invalid object', { param: name });
    const entries = Object.entries(value);
    if (entries.length > 50) throw invalidRequest('Metadata can have at most 50 keys.', { param: name });
    return Object.fromEntries(entries.map(([key, entry]) => [key, metadataValue(key, entry, name)]));
  });
}

function metadataValue(key: string, value: RawValue, name: string): string | null {
  if (key.length > 40) {
    throw invalidRequest(`Metadata keys can be at most 40 characters long; '${key}' is ${key.length}.`, {
      param: name,
    });
  }
  if (typeof value !== 'string') {
    throw invalidRequest(`Metadata values must be strings, but for key '${key}' you passed in an object.`, {
      param: `${name}[${key}]`,
    });
  }
  if (value.length > 500) {
    throw invalidRequest(
      `Metadata values can have up to 500 characters, but you passed in a value that is ${value.length} characters.`,
      { param: `${name}[${key}]` },
    );
  }
  return value === '' ? null : value;
}

/** Applies a metadata parameter to the metadata that an object has. Throws 400 when there would be more than 50 keys. */
export function mergeMetadata(
  current: { readonly [key: string]: string },
  change: MetadataChange | undefined,
): Record<string, string> {
  if (change === undefined) return { ...current };
  if (change === null) return {};
  const merged: Record<string, string | null> = { ...current, ...change };
  const kept = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null);
  if (kept.length > 50) throw invalidRequest('Metadata can have at most 50 keys.', { param: 'metadata' });
  return Object.fromEntries(kept);
}

/** Checks a request's parameters against a shape. Throws a 400 StripeError for the first that does not fit. */
export function decodeParameters<S extends ParameterShape>(shape: S, raw: RawParameters, prefix = ''): Values<S> {
  const fullName = (name: string): string => (prefix === '' ? name : `${prefix}[${name}]`);
  const unknown = Object.keys(raw).filter((name) => !Object.hasOwn(shape, name));
  if (unknown.length > 0) {
    const names = unknown.map(fullName).join(', ');
    throw invalidRequest(`Received unknown parameter${unknown.length > 1 ? 's' : ''}: ${names}`, {
      code: 'parameter_unknown',
      param: fullName(unknown[0] ?? ''),
    });
  }
  // What the sandbox does not model is said first: a caller learns it before filling in what is missing.
  const declarations = Object.entries(shape);
  const notModelled = declarations.filter(([, declared]) => declared.parts?.unsupported === true);
  for (const [name, declared] of notModelled) if (raw[name] !== undefined) declared.decode(raw[name], fullName(name));
  const values: Record<string, unknown> = {};
  for (const [name, declared] of declarations) {
    const value = raw[name];
    if (value !== undefined) {
      values[name] = declared.decode(value, fullName(name));
    } else if (declared.required) {
      throw missingParameter(fullName(name));
    }
  }
  return values as Values<S>;
}

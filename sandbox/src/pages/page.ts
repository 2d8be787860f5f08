import { type StripeErrorBody } from '../errors/stripe-error.js';
import { type Context } from '../kernel/context.js';
import { type Html } from './html.js';

/** What a person typed into a form: the name of a field → its text, trimmed. */
export type FormValues = ReadonlyMap<string, string>;

/** One request for a page. */
export interface PageCall {
  readonly context: Context;
  /** The parts of the path that the pattern names. */
  readonly names: Readonly<Record<string, string>>;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Empty unless a form was sent. */
  readonly form: FormValues;
  /** Why what was sent was refused, when the page is shown again after that. */
  readonly error: StripeErrorBody | null;
  /** The token that a form sent to this path must carry. */
  tokenFor(path: string): string;
}

export type PageAnswer =
  | {
      readonly title: string;
      readonly content: Html;
      /** Default 200, or the status of the refusal that the page shows. */
      readonly status?: number;
      /** True when what the page's forms lead to may be another site, e.g. the success URL. */
      readonly leavesSite?: boolean;
    }
  | { readonly redirect: string }
  | { readonly fileName: string; readonly contentType: string; create(): Promise<Buffer> };

/** A page and what its forms do. Handlers run as one transaction each. */
export interface PageRoute {
  /** Segments that begin with a colon are names: `/c/pay/:session`. */
  readonly path: string;
  readonly show: (call: PageCall) => PageAnswer;
  /** A StripeError that it throws is shown by `show`; what it wrote is undone unless the error keeps it. */
  readonly submit?: (call: PageCall) => PageAnswer;
}

/** The sent text of a field; empty when there is none. */
export function field(call: PageCall, name: string): string {
  return call.form.get(name) ?? '';
}

/** A web address that a page may link or redirect to; null for anything that is not http or https. */
export function webUrl(url: string | null | undefined): string | null {
  if (url === null || url === undefined || !URL.canParse(url)) return null;
  const { protocol, href } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? href : null;
}

/** A web address with query parameters added. */
export function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const target = new URL(url);
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
  return target.href;
}

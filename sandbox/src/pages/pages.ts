import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type ApiRequest } from '../http/api.js';
import { type Site, type SiteAnswer } from '../http/server.js';
import { StripeError, invalidRequest } from '../errors/stripe-error.js';
import { type Context } from '../kernel/context.js';
import { type Kernel, TransactionFailure } from '../kernel/kernel.js';
import { html } from './html.js';
import { documentOf } from './layout.js';
import { type FormValues, type PageAnswer, type PageCall, type PageRoute } from './page.js';
import { PageNotFound } from './page-not-found.js';
import { STYLE_SOURCE } from './style.js';

const MAX_FIELDS = 50;
const MAX_FIELD_LENGTH = 5_000;

interface Matched {
  readonly route: PageRoute;
  readonly names: Record<string, string>;
}

/** The pages that a person sees in a browser: they need no script, load nothing from elsewhere and escape all texts. */
export class Pages implements Site {
  /** Signs the tokens of forms; a form from before a restart is shown again. */
  private readonly key = randomBytes(32);

  constructor(
    private readonly kernel: Kernel,
    private readonly routes: readonly PageRoute[],
    private readonly log: (message: string, error?: unknown) => void,
  ) {}

  /** The paths of the pages, and whatever a browser asks for that is no API. */
  handles({ method, path, headers }: ApiRequest): boolean {
    if (this.match(path) !== undefined) return true;
    if (/^\/(v\d+|_sandbox)(\/|$)/.test(path) || (method !== 'GET' && method !== 'HEAD')) return false;
    return String(headers.accept ?? '').includes('text/html');
  }

  async answer(request: ApiRequest): Promise<SiteAnswer> {
    try {
      const matched = this.match(request.path);
      if (matched === undefined) return notFound();
      if (request.method === 'GET' || request.method === 'HEAD') return await this.show(request, matched);
      if (request.method !== 'POST' || matched.route.submit === undefined) return notAllowed(matched.route);
      return await this.submit(request, matched, matched.route.submit);
    } catch (error) {
      const cause = error instanceof TransactionFailure ? error.cause : error;
      if (cause instanceof PageNotFound) return notFound();
      if (cause instanceof StripeError) return cause.status === 404 ? notFound() : simple(cause.status, cause.message);
      this.log(`${request.method} ${request.path} failed`, cause);
      return simple(500, 'Something went wrong in the sandbox; its log tells more.');
    }
  }

  private match(path: string): Matched | undefined {
    for (const route of this.routes) {
      const names = namesIn(route.path, path);
      if (names !== undefined) return { route, names };
    }
    return undefined;
  }

  private async show(request: ApiRequest, { route, names }: Matched, refusal?: StripeError): Promise<SiteAnswer> {
    const form: FormValues = refusal === undefined ? new Map() : formValues(request);
    const { result, durable } = this.kernel.transact(null, (context) =>
      route.show(this.call(context, request, names, form, refusal)),
    );
    await durable;
    return toAnswer(result, refusal?.status ?? 200);
  }

  private async submit(
    request: ApiRequest,
    matched: Matched,
    submit: (call: PageCall) => PageAnswer,
  ): Promise<SiteAnswer> {
    try {
      const form = formValues(request);
      this.checkToken(request.path, form.get('token') ?? '');
      const { result, durable } = this.kernel.transact(null, (context) =>
        submit(this.call(context, request, matched.names, form)),
      );
      await durable;
      return await toAnswer(result, 200);
    } catch (error) {
      const cause = error instanceof TransactionFailure ? error.cause : error;
      if (!(cause instanceof StripeError) || cause.status === 404) throw error;
      if (error instanceof TransactionFailure) await error.durable;
      return this.show(request, matched, cause);
    }
  }

  private call(
    context: Context,
    request: ApiRequest,
    names: Record<string, string>,
    form: FormValues,
    refusal?: StripeError,
  ): PageCall {
    return {
      context,
      names,
      form,
      path: request.path,
      query: new URLSearchParams(request.query),
      error: refusal?.body ?? null,
      tokenFor: (path) => this.tokenFor(path),
    };
  }

  private tokenFor(path: string): string {
    return createHmac('sha256', this.key).update(path).digest('base64url');
  }

  private checkToken(path: string, sent: string): void {
    const expected = Buffer.from(this.tokenFor(path));
    const actual = Buffer.from(sent);
    if (actual.length === expected.length && timingSafeEqual(actual, expected)) return;
    throw new StripeError(403, {
      type: 'invalid_request_error',
      message: 'This page was out of date. Please check it and send it again.',
    });
  }
}

function namesIn(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return undefined;
  const names: Record<string, string> = {};
  for (const [position, segment] of expected.entries()) {
    const value = actual[position] ?? '';
    if (segment.startsWith(':')) names[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return names;
}

/** The fields of a sent form. Of a field that comes twice the last counts. Throws 400 for what no browser sends. */
function formValues(request: ApiRequest): FormValues {
  const type = String(request.headers['content-type'] ?? '');
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    throw invalidRequest('The form could not be read.');
  }
  const entries = [...new URLSearchParams(request.body)];
  if (entries.length > MAX_FIELDS || entries.some(([, value]) => value.length > MAX_FIELD_LENGTH)) {
    throw invalidRequest('The form is too large.');
  }
  return new Map(entries.map(([name, value]) => [name, value.replaceAll('\0', '').trim()]));
}

async function toAnswer(answer: PageAnswer, status: number): Promise<SiteAnswer> {
  if ('redirect' in answer) {
    return { status: 303, headers: { ...headers("'none'"), Location: answer.redirect }, body: '' };
  }
  if ('create' in answer) {
    const body = await answer.create();
    const disposition = `inline; filename="${answer.fileName.replaceAll(/[^\w.-]/g, '_')}"`;
    return {
      status: 200,
      headers: { ...headers("'none'"), 'Content-Type': answer.contentType, 'Content-Disposition': disposition },
      body,
    };
  }
  // Browsers apply form-action to every redirect that follows a form, so a form whose answer leads to the success URL
  // of another site, and on from there, must allow it.
  const targets = answer.leavesSite === true ? "'self' https: http:" : "'self'";
  return page(answer.status ?? status, answer.title, answer.content, targets);
}

function page(status: number, title: string, content: Parameters<typeof documentOf>[1], targets: string): SiteAnswer {
  return {
    status,
    headers: { ...headers(targets), 'Content-Type': 'text/html; charset=utf-8' },
    body: documentOf(title, content),
  };
}

function headers(formTargets: string): Record<string, string> {
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      `default-src 'none'; style-src ${STYLE_SOURCE}; form-action ${formTargets}; base-uri 'none'; ` +
      `frame-ancestors 'none'`,
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}

function simple(status: number, message: string): SiteAnswer {
  return page(status, message, html`<main class="narrow"><h1>${message}</h1></main>`, "'none'");
}

function notFound(): SiteAnswer {
  const content = html`<main class="narrow">
    <h1>There is no such page</h1>
    <p>The link may be incomplete, or what it led to is gone.</p>
    <p class="soft">
      This is a Stripe sandbox: it has pages for Checkout, invoices and the customer portal, whose links the API
      answers, and Stripe’s API below <code>/v1/</code>.
    </p>
  </main>`;
  return page(404, 'There is no such page', content, "'none'");
}

function notAllowed(route: PageRoute): SiteAnswer {
  const allowed = route.submit === undefined ? 'GET, HEAD' : 'GET, HEAD, POST';
  const answer = simple(405, 'This page cannot be used that way');
  return { ...answer, headers: { ...answer.headers, Allow: allowed } };
}

import { type Html, type Part, html } from './html.js';
import { type PageCall } from './page.js';
import { STYLE_ELEMENT } from './style.js';

/** The complete document of a page. */
export function documentOf(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header class="notice">Sandbox: no real money</header>
        ${content}
      </body>
    </html>`.markup;
}

/** The id of the element that says why a form was refused. */
const ALERT_ID = 'refusal';

/** Why what was sent was refused; nothing when it was not. */
export function alert(call: PageCall): Part {
  return call.error && html`<div class="alert" role="alert" id="${ALERT_ID}">${call.error.message}</div>`;
}

/** A form that is sent to `action` with that path's token. */
export function form(call: PageCall, action: string, content: Part): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="token" value="${call.tokenFor(action)}" />
    ${content}
  </form>`;
}

export interface TextField {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly type?: 'text' | 'email' | 'number';
  readonly autocomplete?: string;
  readonly placeholder?: string;
  readonly numeric?: boolean;
  readonly optional?: boolean;
  readonly max?: number;
  /** The parameters of an error that are about this field. */
  readonly params?: readonly string[];
}

/** A labelled field; it is marked as wrong when the page shows an error about it. */
export function textField(call: PageCall, options: TextField): Html {
  const wrong = call.error?.param !== undefined && (options.params ?? [options.name]).includes(call.error.param);
  return html`<div class="field">
    <label for="${options.name}">${options.label}</label>
    <input
      id="${options.name}"
      name="${options.name}"
      type="${options.type ?? 'text'}"
      value="${options.value ?? ''}"
      maxlength="${options.max ?? 250}"
      ${options.autocomplete && html`autocomplete="${options.autocomplete}"`}
      ${options.placeholder && html`placeholder="${options.placeholder}"`}
      ${options.numeric === true && html`inputmode="numeric"`}
      ${options.optional !== true && html`required`}
      ${wrong && html`aria-invalid="true" aria-describedby="${ALERT_ID}"`}
    />
  </div>`;
}

/** A row of a list of amounts. */
export function amountRow(label: Part, amount: string, sum = false): Html {
  return html`<div ${sum && html`class="sum"`}>
    <dt>${label}</dt>
    <dd>${amount}</dd>
  </div>`;
}

/** A date for people, e.g. `December 8, 2026`, in UTC. `at` in seconds since 1970. */
export function dateText(at: number): string {
  return new Date(at * 1_000).toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'UTC' });
}

/** A word about the state of something. */
export function badge(text: string, tone: 'good' | 'warn' | 'plain'): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

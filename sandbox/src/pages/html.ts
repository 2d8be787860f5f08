/** Markup that is safe to send. Only `html` makes it, so that every text in a page has been escaped. */
export class Html {
  private constructor(readonly markup: string) {}

  /** Joins literal markup and values; see `html`. */
  static from(literals: readonly string[], values: readonly Part[]): Html {
    return new Html(literals.map((literal, index) => literal + render(values[index])).join(''));
  }
}

/** What may stand in a template: markup as it is, texts and numbers escaped, lists joined, nothing for the rest. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/** A template of HTML whose values are escaped: html`<p>${text}</p>`. */
export function html(literals: TemplateStringsArray, ...values: Part[]): Html {
  return Html.from(literals, values);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(part: Part): string {
  if (part instanceof Html) return part.markup;
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'object') return part.map(render).join('');
  return String(part).replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

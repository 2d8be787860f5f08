interface Field {
  readonly label: string;
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly checked: boolean;
  readonly invalid: boolean;
}

interface Form {
  readonly action: string;
  readonly fields: readonly Field[];
  readonly buttons: readonly { readonly text: string; readonly name: string; readonly value: string }[];
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** The text of markup as a person reads it. */
function textOf(markup: string): string {
  return markup
    .replaceAll(/<style>.*?<\/style>/gs, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : textOf(value);
}

function has(tag: string, name: string): boolean {
  return new RegExp(`\\s${name}(?=[\\s=/>])`).test(tag);
}

function labelOf(markup: string, tag: string, position: number): string {
  const id = attribute(tag, 'id');
  const label = id === undefined ? undefined : new RegExp(`<label for="${id}">(.*?)</label>`, 's').exec(markup)?.[1];
  if (label !== undefined) return textOf(label);
  const opened = markup.lastIndexOf('<label', position);
  return opened === -1 ? '' : textOf(markup.slice(opened, markup.indexOf('</label', position)));
}

function formOf(tag: string, markup: string): Form {
  const fields = [...markup.matchAll(/<(?:input|textarea)\b[^>]*>/gs)].map(([found], index, all) => ({
    label: labelOf(markup, found, all[index]?.index ?? 0),
    name: attribute(found, 'name') ?? '',
    type: attribute(found, 'type') ?? 'text',
    value: attribute(found, 'value') ?? '',
    checked: has(found, 'checked'),
    invalid: attribute(found, 'aria-invalid') === 'true',
  }));
  const buttons = [...markup.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gs)].map(
    ([, attributes = '', content = '']) => ({
      text: textOf(content),
      name: attribute(` ${attributes}`, 'name') ?? '',
      value: attribute(` ${attributes}`, 'value') ?? '',
    }),
  );
  const described = [...markup.matchAll(/aria-label="[^"]*"/g)].map(([found]) => attribute(` ${found}`, 'aria-label'));
  return { action: attribute(tag, 'action') ?? '', fields, buttons, text: [textOf(markup), ...described].join(' ') };
}

/** A page as a browser without JavaScript shows it, or the address outside the sandbox that it was sent to. */
export class VisitedPage {
  private constructor(
    readonly url: string,
    readonly status: number,
    readonly headers: Headers,
    readonly markup: string,
  ) {}

  /** Opens an address and follows redirects as long as they stay at its site. */
  static async open(url: string, init: RequestInit = {}): Promise<VisitedPage> {
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { accept: 'text/html', ...(init.headers as Record<string, string> | undefined) },
    });
    const location = response.headers.get('location');
    if (location === null) return new VisitedPage(url, response.status, response.headers, await response.text());
    const target = new URL(location, url);
    if (response.status !== 303) throw new Error(`a redirect with ${response.status}`);
    if (target.origin === new URL(url).origin) return VisitedPage.open(target.href);
    return new VisitedPage(target.href, response.status, response.headers, await response.text());
  }

  get text(): string {
    return textOf(this.markup);
  }

  get title(): string {
    return textOf(/<h1[^>]*>(.*?)<\/h1>/s.exec(this.markup)?.[1] ?? '');
  }

  /** What the page says of a refusal. */
  get alert(): string | undefined {
    const found = /<div class="alert"[^>]*>(.*?)<\/div>/s.exec(this.markup)?.[1];
    return found === undefined ? undefined : textOf(found);
  }

  get forms(): Form[] {
    return [...this.markup.matchAll(/(<form\b[^>]*>)(.*?)<\/form>/gs)].map(([, tag = '', markup = '']) =>
      formOf(tag, markup),
    );
  }

  get buttons(): string[] {
    return this.forms.flatMap((form) => form.buttons.map((button) => button.text));
  }

  /** The labels of the fields that the page marks as wrong. */
  get invalidFields(): string[] {
    return this.forms.flatMap((form) => form.fields.filter((field) => field.invalid).map((field) => field.label));
  }

  /** The address that a link leads to. */
  link(text: string): string {
    for (const [, attributes = '', content = ''] of this.markup.matchAll(/<a\b([^>]*)>(.*?)<\/a>/gs)) {
      if (textOf(content).includes(text)) return new URL(attribute(` ${attributes}`, 'href') ?? '', this.url).href;
    }
    throw new Error(`no link "${text}" in: ${this.text}`);
  }

  follow(text: string): Promise<VisitedPage> {
    return VisitedPage.open(this.link(text));
  }

  /**
   * Fills in a form by its labels and presses one of its buttons.
   * @param typed label → text; for a choice, label → `on`
   * @param within a text in the form, when several have such a button
   */
  submit(button: string, typed: Readonly<Record<string, string>> = {}, within = ''): Promise<VisitedPage> {
    const form = this.forms.find(
      (candidate) => candidate.text.includes(within) && candidate.buttons.some(({ text }) => text === button),
    );
    if (form === undefined) throw new Error(`no button "${button}" in: ${this.text}`);
    const unknown = Object.keys(typed).filter((label) => !form.fields.some((field) => field.label === label));
    if (unknown.length > 0) throw new Error(`no field "${unknown.join()}" in: ${form.text}`);
    const body = new URLSearchParams();
    const chosen = new Set(
      form.fields.filter(({ type, label }) => type === 'radio' && label in typed).map((f) => f.name),
    );
    for (const field of form.fields) {
      const choice = field.type === 'radio' || field.type === 'checkbox';
      const picked = field.label in typed || (field.checked && !chosen.has(field.name));
      if (field.name !== '' && (!choice || picked)) {
        body.append(field.name, choice ? field.value : (typed[field.label] ?? field.value));
      }
    }
    const pressed = form.buttons.find(({ text }) => text === button);
    if (pressed !== undefined && pressed.name !== '') body.append(pressed.name, pressed.value);
    return VisitedPage.open(new URL(form.action, this.url).href, { method: 'POST', body });
  }
}

/** What a person types for a card. */
export function typedCard(number: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { 'Card number': number, Expiry: '12 / 34', CVC: '123', 'Name on card': 'Ada Lovelace', ...more };
}

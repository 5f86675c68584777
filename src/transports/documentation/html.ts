/** Text that is HTML already. Everything else is escaped when it gets into a template. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Content = Html | string | number | null | false | readonly Content[];

export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(parts.map((part, at) => part + render(contents[at] ?? null)).join(''));
}

function render(content: Content): string {
  if (content === null || content === false) return '';
  if (content instanceof Html) return content.text;
  return typeof content === 'object' ? content.map(render).join('') : escape(String(content));
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => escapes[letter]!);
}

/** Plain text in which `…` is code, as descriptions have it. */
export function prose(text: string): Html {
  const parts = text.split(/`([^`]*)`/);
  return html`${parts.map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** The same, with a paragraph for each block. */
export function paragraphs(text: string): Html {
  return html`${text.split(/\n\s*\n/).map((block) => html`<p>${prose(block)}</p>`)}`;
}

import { Marked, type Tokens } from 'marked';
import { codeBlock } from './code-block.ts';
import { Html, html } from './html.ts';
import { anchorOf } from './sections.ts';

export interface Heading {
  readonly anchor: string;
  readonly text: string;
  /** 1 to 6. */
  readonly depth: number;
}

export interface Rendered {
  readonly body: Html;
  readonly headings: readonly Heading[];
}

/** What blocks of code are called; of other languages, their name. */
const languages: Readonly<Record<string, string>> = {
  sh: 'Shell', ts: 'TypeScript', js: 'JavaScript', python: 'Python', json: 'JSON', yaml: 'YAML', sql: 'SQL',
  proto: 'Protobuf',
};

/**
 * GitHub's Markdown as HTML.
 *
 * @param link what a link or the address of a picture becomes; null: the text stands there without it
 */
export function renderMarkdown(markdown: string, link: (href: string) => string | null): Rendered {
  const headings: Heading[] = [];
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading): string {
        const anchor = anchorOf(text);
        headings.push({ anchor, text: text.replaceAll('`', ''), depth });
        const content = new Html(this.parser.parseInline(tokens));
        if (depth === 1) return html`<h1>${content}</h1>\n`.text;
        return html`<h${depth} id="${anchor}"><a href="#${anchor}">${content}</a></h${depth}>\n`.text;
      },
      code({ text, lang = '' }: Tokens.Code): string {
        return `${codeBlock(languages[lang] ?? lang, html`${text}`).text}\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const content = new Html(this.parser.parseInline(tokens));
        const to = link(href);
        return to === null ? content.text : html`<a href="${to}">${content}</a>`.text;
      },
      image({ href, text }: Tokens.Image): string {
        const to = link(href);
        return to === null ? html`${text}`.text : html`<img src="${to}" alt="${text}" loading="lazy">`.text;
      },
      table(token: Tokens.Table): string {
        const row = (cells: readonly Tokens.TableCell[], name: 'td' | 'th'): string =>
          `<tr>${cells.map((cell) => `<${name}>${this.parser.parseInline(cell.tokens)}</${name}>`).join('')}</tr>`;
        return `<div class="table" tabindex="0"><table><thead>${row(token.header, 'th')}</thead>` +
          `<tbody>${token.rows.map((cells) => row(cells, 'td')).join('\n')}</tbody></table></div>\n`;
      },
    },
  });
  return { body: new Html(marked.parse(markdown, { async: false })), headings };
}

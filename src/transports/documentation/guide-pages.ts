import { brand, documentPage } from './document.ts';
import { guideStyle } from './guide-style.ts';
import { Html, html } from './html.ts';
import { contentsPath, relative, type Entry, type Library } from './library.ts';
import { renderMarkdown, type Heading } from './markdown.ts';
import type { Page } from './policy.ts';
import { pageScript } from './script.ts';
import type { Found } from './search.ts';
import type { DocsPage } from './sections.ts';

/** What all guides have around them. */
export interface Surroundings {
  readonly library: Library;
  readonly version: string;
  /** Where the page of the API is, and the search; from the root. Null: there is none. */
  readonly apiAddress: string;
  readonly searchAddress: string | null;
}

/** A page of the library. */
export function guidePage(around: Surroundings, page: DocsPage): Promise<Page> {
  const { library } = around;
  const { body, headings } = renderMarkdown(page.markdown, (href) => library.link(page, href));
  const title = library.titleOf(page);
  const entries = library.groups.flatMap(({ entries: all }) => all);
  const at = entries.findIndex(({ path }) => path === page.path);
  const [before, after] = at === -1 ? [] : [entries[at - 1], entries[at + 1]];
  const address = library.addressOf(page.path)!;
  const step = (entry: Entry | undefined, mark: (to: string) => string): Html => {
    const link = entry && html`<a href="${linkTo(around, address, entry)}">${mark(entry.title)}</a>`;
    return html`<span>${link ?? ''}</span>`;
  };
  const content = html`${body}
${at === -1 ? '' : html`<p class="around">${step(before, (to) => `← ${to}`)}${step(after, (to) => `${to} →`)}</p>`}`;
  return framed(around, { address, title, content, headings });
}

/** What a search has found. */
export function searchPage(around: Surroundings, query: string, found: readonly Found[]): Promise<Page> {
  const address = around.searchAddress!;
  const results = found.map(({ address: to, title, heading, excerpt }) => {
    const [path = '', anchor] = to.split('#');
    const target = around.library.addressOf(path);
    const href = target === null ? null : relative(address, target) + (anchor === undefined ? '' : `#${anchor}`);
    const name = heading === title ? title : `${title}: ${heading}`;
    const text = plainText(excerpt);
    return href === null ? '' : html`<dt><a href="${href}">${name.replaceAll('`', '')}</a></dt>
<dd class="excerpt">${text.length > 280 ? `${text.slice(0, 280)}…` : text}</dd>`;
  });
  const content = html`<h1>${query === '' ? 'Search' : `Search: ${query}`}</h1>
${results.length > 0 ? html`<dl>${results}</dl>` : query !== '' && html`<p>Nothing has these words.</p>`}`;
  return framed(around, { address, title: 'Search', content, headings: [], query });
}

/** Markdown without its marks, in one line. */
function plainText(markdown: string): string {
  return markdown.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/(^|\|) *-{3,}(?= *(\||$))/gm, ' ')
    .replaceAll(/[`*|#>]+/g, ' ').replaceAll(/\s+/g, ' ').trim();
}

/** What assistants read first: https://llmstxt.org */
export function llmsText({ library }: Surroundings, base: string): string {
  const groups = library.groups.map(({ title, entries }) => {
    const lines = entries.map((entry) => {
      const address = library.addressOf(entry.path);
      return address === null ? '' : `- [${entry.title}](${base}/${markdownAddress(address)}): ${entry.description}\n`;
    });
    return `## ${title}\n\n${lines.join('')}`;
  });
  return `# Waybill

> A self-hosted job platform for work that costs money: at-least-once execution, exactly-once recording, exactly-once
> charging. The API is described by ${base}/openapi.json.

${groups.join('\n')}`;
}

/** Of the text of the page at an address. */
export function markdownAddress(address: string): string {
  return `${address.replace(/\.html$/, '')}.md`;
}

interface Content {
  readonly address: string;
  readonly title: string;
  readonly content: Html;
  readonly headings: readonly Heading[];
  readonly query?: string;
}

function framed(around: Surroundings, { address, title, content, headings, query = '' }: Content): Promise<Page> {
  const { library, apiAddress, searchAddress, version } = around;
  const groups = library.groups.map(({ title: group, entries }) => html`<li><span class="group">${group}</span>
<ul>${entries.map((entry) => navigationEntry(around, address, entry, headings))}</ul></li>`);
  const api = relative(address, apiAddress);
  const start = relative(address, library.addressOf(contentsPath) ?? apiAddress);
  const body = html`<nav aria-label="Documentation">
${brand(start, 'Waybill', version)}
${searchAddress !== null && html`<form action="${relative(address, searchAddress)}" role="search">
<input id="find" type="search" name="q" value="${query}" placeholder="Search" aria-label="Search the documentation"
 autocomplete="off"></form>`}
<details id="menu" open><summary>Contents</summary><ul class="tree">
${groups}
<li><span class="group">API</span><ul><li><a href="${api}"><span>Routes</span></a></li></ul></li>
</ul></details>
</nav>
<main class="guide">
${content}
</main>`;
  return documentPage({ title: `${title}: Waybill`, style: guideStyle, script: pageScript, isGuide: true, body });
}

function navigationEntry(around: Surroundings, address: string, entry: Entry, headings: readonly Heading[]): Html {
  const isHere = around.library.addressOf(entry.path) === address;
  const parts = headings.filter(({ depth }) => depth === 2);
  return html`<li><a href="${linkTo(around, address, entry)}"${isHere && new Html(' aria-current="page"')}><span>${
    entry.title}</span></a>${isHere && parts.length > 1 && html`<ul class="here">${parts.map(
    ({ anchor, text }) => html`<li><a href="#${anchor}"><span>${text}</span></a></li>`)}</ul>`}</li>`;
}

function linkTo({ library }: Surroundings, from: string, { path }: Entry): string {
  return relative(from, library.addressOf(path) ?? from);
}

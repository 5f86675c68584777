import { sectionsOf, type DocsPage } from './sections.ts';

/** A page that the contents list, in their words. */
export interface Entry {
  readonly path: string;
  readonly title: string;
  readonly description: string;
}

export interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** The page that lists the others: `## Group`, and below it `- [Title](page.md): description`. */
export const contentsPath = 'docs/README.md';

const pictures = /^docs\/(pictures|console)\/[\w-]+\.webp$/;

/** Pages of documentation, where each is shown, and how they refer to each other. */
export class Library {
  readonly groups: readonly Group[];
  readonly #pages: ReadonlyMap<string, DocsPage>;
  readonly #suffix: string;

  /** `suffix` is what addresses of pages end in: `.html` where they are files. */
  constructor(pages: readonly DocsPage[], suffix = '') {
    this.#pages = new Map(pages.map((page) => [page.path, page]));
    this.#suffix = suffix;
    this.groups = groupsOf(this.#pages.get(contentsPath)?.markdown ?? '');
  }

  get pages(): readonly DocsPage[] {
    return [...this.#pages.values()];
  }

  page(path: string): DocsPage | undefined {
    return this.#pages.get(path);
  }

  titleOf(page: DocsPage): string {
    return sectionsOf(page)[0]?.title ?? page.path;
  }

  /** Where a page or a picture is shown, from the root of the server; null for what is not shown. */
  addressOf(path: string): string | null {
    if (pictures.test(path)) return path;
    if (!this.#pages.has(path)) return null;
    if (path === contentsPath) return `docs/guides${this.#suffix}`;
    const name = path.startsWith('docs/') ? path : `docs/${path.toLowerCase()}`;
    return `${name.replace(/\.md$/, '')}${this.#suffix}`;
  }

  /** The page that is shown there. */
  pageAt(address: string): DocsPage | undefined {
    return this.pages.find(({ path }) => this.addressOf(path) === address);
  }

  /**
   * What a link in one page becomes there; null when it leads to what is not shown.
   *
   * @param href as it is written in the page: `../cli.md#serve`, `https://…`
   */
  link(from: DocsPage, href: string): string | null {
    if (/^[a-z]+:/.test(href) || href.startsWith('#')) return href;
    const [file = '', anchor] = href.split('#');
    const to = this.addressOf(joined(from.path, file));
    if (to === null) return null;
    return relative(this.addressOf(from.path)!, to) + (anchor === undefined ? '' : `#${anchor}`);
  }
}

/** A page below `docs/` as others refer to it. */
export function relative(from: string, to: string): string {
  const [start, end] = [from.split('/').slice(0, -1), to.split('/')];
  let common = 0;
  while (common < start.length && common < end.length - 1 && start[common] === end[common]) common++;
  return [...start.slice(common).map(() => '..'), ...end.slice(common)].join('/');
}

/** A path that is written in the file at another. */
function joined(from: string, path: string): string {
  return new URL(path, `http://any/${from}`).pathname.slice(1);
}

function groupsOf(markdown: string): Group[] {
  const groups: { title: string; entries: Entry[] }[] = [];
  for (const line of markdown.split('\n')) {
    const heading = /^## (.+)$/.exec(line)?.[1];
    if (heading !== undefined) groups.push({ title: heading, entries: [] });
    const [, title, path, description] = /^- \[(.+?)\]\((.+?)\): (.+)$/.exec(line) ?? [];
    if (title === undefined || path === undefined || description === undefined) continue;
    groups.at(-1)?.entries.push({ title, path: joined(contentsPath, path), description });
  }
  return groups;
}

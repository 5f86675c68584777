/** A page of the documentation as it is stored. */
export interface DocsPage {
  /** `docs/guides/logs.md` */
  readonly path: string;
  readonly markdown: string;
}

/** What stands below one heading. */
export interface Section {
  /** `docs/guides/logs.md#limits` */
  readonly address: string;
  readonly title: string;
  /** That of its page where it has none. */
  readonly heading: string;
  readonly text: string;
}

/** A page of at most so many characters is one section. */
const smallPage = 2_000;

/** A page by its headings; those in blocks of code are none. */
export function sectionsOf({ path, markdown }: DocsPage): Section[] {
  const sections: { heading: string; lines: string[] }[] = [{ heading: '', lines: [] }];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const mark = /^(?:```+|~~~+)/.exec(line.trimStart())?.[0] ?? null;
    if (mark !== null && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null;
    const heading = fence === null ? /^#{1,4} +(.+?) *#*$/.exec(line)?.[1] : undefined;
    if (heading === undefined) sections.at(-1)?.lines.push(line);
    else sections.push({ heading, lines: [] });
  }
  const title = sections.find(({ heading }) => heading !== '')?.heading ?? path;
  if (markdown.length <= smallPage) return [{ address: path, title, heading: title, text: markdown.trim() }];
  return sections
    .map(({ heading, lines }) => ({
      address: heading === title || heading === '' ? path : `${path}#${anchorOf(heading)}`,
      title, heading: heading === '' ? title : heading, text: lines.join('\n').trim(),
    }))
    .filter(({ text }) => text !== '');
}

/** As GitHub names it. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-');
}

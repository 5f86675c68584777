import { sectionsOf, type DocsPage, type Section } from './sections.ts';

export interface Found {
  readonly address: string;
  readonly title: string;
  readonly heading: string;
  readonly excerpt: string;
}

export type SearchDocs = (query: string, limit: number) => Found[];

/** BM25, with the usual constants: https://en.wikipedia.org/wiki/Okapi_BM25 */
const [k, b] = [1.2, 0.75];
/** How much more a word counts in these. */
const weights = { title: 3, heading: 6, text: 1 } as const;
const excerptLength = 1_500;

interface Indexed {
  readonly section: Section;
  /** How often each word is in it, by weight. */
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

/** A search over sections of pages, which are indexed once. */
export function createSearch(pages: readonly DocsPage[]): SearchDocs {
  const indexed = pages.flatMap(sectionsOf).map(indexOf);
  const meanLength = indexed.reduce((sum, { length }) => sum + length, 0) / Math.max(1, indexed.length);
  const holders = new Map<string, number>();
  for (const { counts } of indexed) {
    for (const word of counts.keys()) holders.set(word, (holders.get(word) ?? 0) + 1);
  }
  const rarity = (word: string): number => {
    const count = holders.get(word) ?? 0;
    return count === 0 ? 0 : Math.log(1 + (indexed.length - count + 0.5) / (count + 0.5));
  };
  const score = ({ counts, length }: Indexed, words: readonly string[]): number =>
    words.reduce((sum, word) => {
      const count = counts.get(word) ?? 0;
      return sum + (rarity(word) * count * (k + 1)) / (count + k * (1 - b + (b * length) / meanLength));
    }, 0);
  return (query, limit) => {
    const words = [...new Set(wordsOf(query))];
    return indexed
      .map((each) => ({ ...each, score: score(each, words) }))
      .filter((each) => each.score > 0)
      .sort((first, second) => second.score - first.score)
      .slice(0, limit)
      .map(({ section: { address, title, heading, text } }) => (
        { address, title, heading, excerpt: excerptOf(text, words) }
      ));
  };
}

function indexOf(section: Section): Indexed {
  const counts = new Map<string, number>();
  let length = 0;
  for (const [part, weight] of Object.entries(weights)) {
    for (const word of wordsOf(section[part as keyof typeof weights])) {
      counts.set(word, (counts.get(word) ?? 0) + weight);
      length += 1;
    }
  }
  return { section, counts, length };
}

/** `dedupeKey` is found as it is and by its parts, `retries` by `retry`. */
function wordsOf(text: string): string[] {
  const whole = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  const parts = whole.flatMap((word) => {
    const split = word.split(/_|(?<=[a-z0-9])(?=[A-Z])/).filter((part) => part !== '');
    return split.length > 1 ? [word, ...split] : split;
  });
  return parts.map((word) => stem(word.toLowerCase())).filter((word) => word.length > 1 && !common.has(word));
}

function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 5 && word.endsWith('ing')) return word.slice(0, -3);
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

const common: ReadonlySet<string> = new Set((
  'a an and are as at be by can do does for from has have how i if in is it its my of on or that the this to was ' +
  'what when where which who why will with you your'
).split(' '));

/** The lines around the one that has most of the words. */
function excerptOf(text: string, words: readonly string[]): string {
  if (text.length <= excerptLength) return text;
  const lines = text.split('\n');
  const hits = lines.map((line) => words.filter((word) => wordsOf(line).includes(word)).length);
  const best = hits.indexOf(Math.max(...hits));
  let [from, to] = [best, best];
  let length = lines[best]!.length;
  for (;;) {
    const [above, below] = [lines[from - 1], lines[to + 1]];
    if (below !== undefined && length + below.length < excerptLength) length += lines[++to]!.length + 1;
    else if (above !== undefined && length + above.length < excerptLength) length += lines[--from]!.length + 1;
    else break;
  }
  const shown = lines.slice(from, to + 1).join('\n').trim().slice(0, excerptLength);
  return `${from > 0 ? '…\n' : ''}${shown}${to < lines.length - 1 ? '\n…' : ''}`;
}

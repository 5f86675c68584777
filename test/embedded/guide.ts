import { blocksOf as blocksOfGuide } from '../guides/printed.ts';

const blocks = blocksOfGuide('docs/guides/embedding.md');

/** The guide's blocks of a language, in their order. */
export function blocksOf(wanted: 'ts' | 'sh' | 'sql'): readonly string[] {
  return blocks.filter(({ language }) => language === wanted).map(({ text }) => text);
}

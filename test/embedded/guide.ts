import { readFileSync } from 'node:fs';

const guide = readFileSync(new URL('../../docs/guides/embedding.md', import.meta.url), 'utf8');

/** The guide's blocks of a language, in their order. */
export function blocksOf(language: 'ts' | 'sh' | 'sql'): readonly string[] {
  const blocks = [...guide.matchAll(/```(\w+)\n(.*?)```/gs)];
  return blocks.flatMap(([, name, text = '']) => (name === language ? [text] : []));
}

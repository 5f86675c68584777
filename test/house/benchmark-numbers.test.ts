import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const measured = read('bench/README.md');

/** The part of bench/README.md below a heading, by its anchor. */
function part(anchor: string): string {
  const parts = measured.split(/^(?=##+ )/m);
  const found = parts.find((text) => {
    const heading = /^##+ (.*)$/m.exec(text)?.[1] ?? '';
    return heading.toLowerCase().replaceAll(/[^a-z0-9 -]/g, '').replaceAll(' ', '-') === anchor;
  });
  if (found === undefined) throw new Error(`bench/README.md has no heading #${anchor}`);
  return found;
}

/** Numbers of a rate, a time or a size; not versions, nor single digits, which would be found in anything. */
const numbers = (text: string): string[] => [...text.matchAll(/(?<![\d.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\d,]*\d)/g)]
  .map(([number]) => number).filter((number) => number.length > 1);

test.each(['production', 'scale', 'comparison'])('the numbers of %s are those of the benchmarks', (name) => {
  const rows = read(`docs/guides/${name}.md`).split('\n').filter((line) => line.includes('bench/README.md#'));
  expect(rows.length).toBeGreaterThan(0);
  const wrong = rows.flatMap((row) => {
    const anchors = [...row.matchAll(/bench\/README\.md#([a-z0-9-]+)/g)].map(([, anchor = '']) => anchor);
    const there = anchors.map(part).join('\n');
    const said = numbers(row.replaceAll(/\]\([^)]*\)/g, ']').replaceAll(/`[^`]*`/g, ''));
    return said.filter((number) => !there.includes(number)).map((number) => `${number} in: ${row}`);
  });
  expect(wrong).toEqual([]);
});

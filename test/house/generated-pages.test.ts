import { kindModules } from '../../src/main/kinds.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedPages } from '../../scripts/docs/generated-pages.ts';

const root = new URL('../../', import.meta.url);
const pages = await generatedPages();

it.each([...pages.keys()])('%s is what `npm run docs` writes', (path) => {
  expect(readFileSync(new URL(path, root), 'utf8')).toBe(pages.get(path));
});

it('there is a lifecycle page for every kind, and none for another', () => {
  const written = readdirSync(new URL('docs/lifecycles/', root)).map((name) => `docs/lifecycles/${name}`);
  expect(written.toSorted()).toEqual([...pages.keys()].filter((path) => path.includes('/lifecycles/')).toSorted());
  expect(written.length).toBe(Object.keys(kindModules).length);
});

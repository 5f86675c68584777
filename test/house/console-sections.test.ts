import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { consoleSections } from '../../src/main/console/sections.ts';

const root = fileURLToPath(new URL('../../src', import.meta.url));

/** What is declared as a page of the console, or of a kind's: the code itself is for browsers. */
function declaredPaths(): readonly string[] {
  const kinds = readdirSync(join(root, 'kinds'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = kinds.flatMap(({ name }) => {
    const folder = join(root, 'kinds', name, 'console');
    return readdirSync(folder).filter((file) => file.endsWith('.ts')).map((file) => join(folder, file));
  });
  const pages = [join(root, 'console/pages/pages.ts'), ...files].map((file) => readFileSync(file, 'utf8'));
  return pages.flatMap((text) => [...text.matchAll(/\bpath: '(\/(?!api\/)[^']*)'/g)].map(([, path = '']) => path));
}

it('every page of the console is in a section that the server answers it for', () => {
  const paths = declaredPaths();
  expect(paths).toEqual(expect.arrayContaining(['/', '/types', '/photos', '/audit', '/products']));
  const sections = new Set(paths.map((path) => path.split('/')[1] ?? '').filter((section) => section !== ''));
  // Login and setup are no pages of the shell.
  expect([...sections, 'login', 'setup'].toSorted()).toEqual(consoleSections.toSorted());
});

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the documentation as a site has every page that its pages lead to, wherever it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-site-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, ['scripts/docs-site.ts', folder], { cwd: root });
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  const some = ['index.html', 'docs/guides.html', 'docs/guides/tasks.html', 'docs/api.html'];
  expect(pages).toEqual(expect.arrayContaining(some));
  const wrong = pages.flatMap((page) => {
    const links = [...readFileSync(join(folder, page), 'utf8').matchAll(/<(?:a|img) (?:href|src)="([^"]*)"/g)];
    const files = links.map(([, to = '']) => to).filter((to) => !/^([a-z]+:|#)/.test(to));
    return files.filter((to) => to.startsWith('/') || !existsSync(join(folder, page, '..', to.split('#')[0]!)))
      .map((to) => `${page}: ${to}`);
  });
  expect(wrong).toEqual([]);
});

import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { readDocs } from '../../src/main/node/documentation/shipped.ts';
import { guidePage } from '../../src/transports/documentation/guide-pages.ts';
import { Library } from '../../src/transports/documentation/library.ts';
import { openTestServer } from './server.ts';

let server: Awaited<ReturnType<typeof openTestServer>>;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.remove());

const get = (path: string): Promise<Response> => fetch(`${server.url}${path}`);

describe('the guides of a server', () => {
  test('are listed, each once, with all that there are', async () => {
    const library = new Library(await readDocs());
    const listed = library.groups.flatMap(({ entries }) => entries.map(({ path }) => path));
    expect(listed.filter((path) => library.page(path) === undefined)).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
    const guides = library.pages.filter(({ path }) => path.startsWith('docs/guides/')).map(({ path }) => path);
    expect(guides.filter((path) => !listed.includes(path))).toEqual([]);
    const page = await (await get('/docs/guides')).text();
    for (const { entries } of library.groups) {
      for (const { description } of entries) expect(page).toContain(description.replaceAll("'", '&#39;'));
    }
  });

  test('lead to pages, parts of pages and pictures that are there', async () => {
    const library = new Library(await readDocs());
    const around = { library, version: '1', apiAddress: 'docs', searchAddress: 'docs/search' };
    const texts = new Map<string, string>();
    for (const page of library.pages) {
      texts.set(`/${library.addressOf(page.path)}`, (await guidePage(around, page)).html);
    }
    const wrong: string[] = [];
    const others = new Set<string>();
    for (const [address, text] of texts) {
      for (const [, , to = ''] of text.matchAll(/<(a|img) (?:href|src)="([^"]*)"/g)) {
        if (/^[a-z]+:/.test(to)) continue;
        const url = new URL(to, `http://any${address}`);
        const target = texts.get(url.pathname);
        if (target === undefined) others.add(url.pathname);
        else if (url.hash !== '' && !target.includes(` id="${decodeURIComponent(url.hash.slice(1))}"`)) {
          wrong.push(`${address}: ${to}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect([...others]).toContain('/docs/console/photo-set.webp');
    for (const path of others) expect([path, (await get(path)).status]).toEqual([path, 200]);
  });

  test('are pages that run only their own script, and are text under the same name with .md', async () => {
    const page = await get('/docs/guides/tasks');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; img-src data: 'self';/,
    );
    const html = await page.text();
    expect(html).toMatch(/<h1>Tasks<\/h1>/);
    expect(html).toContain(' aria-current="page"');
    const text = await get('/docs/guides/tasks.md');
    expect(text.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await text.text()).toMatch(/^# Tasks\n/);
  });

  test('are found by words', async () => {
    const found = await (await get('/docs/search?q=webhook+signature')).text();
    expect(found).toMatch(/<dt><a href="guides\/[a-z-]+#[a-z-]+">/);
    const nothing = await (await get('/docs/search?q=%3Cxyzzy%3E')).text();
    expect(nothing).toContain('Nothing has these words.');
    expect(nothing).not.toContain('<xyzzy>');
    expect((await get('/docs/search')).status).toBe(200);
  });

  test('are listed for assistants', async () => {
    const text = await (await get('/llms.txt')).text();
    expect(text).toMatch(/^# Waybill\n\n> /);
    const links = [...text.matchAll(/\]\((\S+)\)/g)].map(([, to]) => to!);
    expect(links.length).toBeGreaterThan(30);
    for (const to of links) expect([to, (await fetch(to)).status]).toEqual([to, 200]);
  });

  test('that are not there say where those are that are', async () => {
    const answer = await get('/docs/guides/nothing');
    expect(answer.status).toBe(404);
    const message = 'There is no page docs/guides/nothing: /docs/guides lists those there are.';
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found', message } });
    for (const path of ['/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/pictures/../../.env']) {
      expect((await get(path)).status).toBe(404);
    }
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startLocalEdge, type LocalEdge } from '../../scripts/edge/local.ts';
import { noBrowser, openConsole, useBrowser } from '../console/browser.ts';
import { photoFiles } from '../console/photos-server.ts';
import { request } from '../contract/user.ts';

/** A Worker of its own. */
async function started(vars: Readonly<Record<string, string>> = {}): Promise<LocalEdge> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-edge-console-'));
  const edge = await startLocalEdge({ port: 0, folder, vars, onLine: () => {} });
  onTestFinished(async () => {
    await edge.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return edge;
}

test('the console is served at the addresses of its pages, with their policy, and its parts for ever', async () => {
  const { url } = await started();
  for (const [path, base] of [['/', './'], ['/jobs', './'], ['/jobs/0193', '../']] as const) {
    const page = await fetch(url + path);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain(`<base href="${base}"`);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: http/);
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  }
  const html = await (await fetch(url)).text();
  const parts = [...html.matchAll(/(?:src|href)="\.\/(ui\/[^"]+)"/g)].map(([, path]) => path!);
  expect(parts).toHaveLength(3);
  const typeOf = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' };
  for (const path of parts) {
    const part = await fetch(`${url}/${path}`);
    const { headers } = part;
    expect([part.status, headers.get('content-type')]).toEqual([200, typeOf[path.split('.').at(-1) as 'js']]);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await part.arrayBuffer()).byteLength).toBeGreaterThan(100);
  }
  const unknown = await request(`${url}/ui/index-0.js`, 'GET');
  expect([unknown.status, unknown.body.error.code]).toEqual([404, 'not_found']);
  // What else there is among the files is no part.
  expect((await fetch(`${url}/index.html`)).status).toBe(404);
  const { body: { data } } = await request(`${url}/api/console`, 'GET');
  expect(data.kinds).toEqual(['image-set', 'task', 'product-image']);
  expect(data.features).toEqual(['schedules', 'webhooks', 'events', 'logs', 'workers', 'users']);
});

test('WAYBILL_CONSOLE=false turns it off', async () => {
  const { url } = await started({ WAYBILL_CONSOLE: 'false' });
  expect(await (await fetch(url)).text()).not.toContain('<div id="console">');
  for (const path of ['/jobs', '/ui/index.js', '/api/console']) expect((await fetch(url + path)).status).toBe(404);
});

describe('in a browser', () => {
  beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
  useBrowser();

  test('the first administrator is made, logs in, and sees the pages that are there and no others', async () => {
    const edge = await started({
      WAYBILL_DEV: 'false', JWT_SECRET: randomUUID(), GPU_CALLBACK_SECRET: randomUUID(),
      SETUP_TOKEN: 'a-token-that-only-its-owner-knows',
    });
    const page = await openConsole(edge, { user: null, path: '/setup' });
    await page.getByLabel('Setup token').fill('a-token-that-only-its-owner-knows');
    await page.getByLabel('Email address').fill('root@shop.example');
    await page.getByLabel('Password').fill('seven green boats at noon');
    await page.getByRole('button', { name: 'Create the administrator' }).click();
    const navigation = page.getByRole('navigation', { name: 'Pages' });
    await navigation.waitFor();
    const names = (await navigation.getByRole('link').allInnerTexts()).map((name) => name.trim());
    expect(names).toEqual([
      'Home', 'Photos', 'Jobs', 'Schedules', 'Credits', 'Your account', 'Webhooks', 'API keys', 'Task types', 'Workers',
      'Users', 'Audit', 'Health',
    ]);
    // A page that asks for what is not there would say so in the browser's console, which fails the test.
    for (const name of names.slice(1)) {
      await navigation.getByRole('link', { name, exact: true }).click();
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
      await page.waitForFunction(() => document.querySelector('main .skeleton') === null);
      expect(await page.getByRole('main').getByRole('alert').count(), name).toBe(0);
    }
    await page.getByText('The database has the tables of this version.').waitFor();
    await page.goto(`${edge.url}/settings`);
    await page.getByText('There is no such page').waitFor();
  });

  test('photos that are dropped into it and a task are shown, live and by themselves', async () => {
    const edge = await started();
    const headers = { authorization: 'Bearer mira' };
    const task = { type: 'resize', payload: { width: 640 } };
    const { body: { data: { id } } } = await request(`${edge.url}/api/v1/jobs`, 'POST', task, headers);
    const page = await openConsole(edge, { path: '/photos/new' });
    await page.locator('input[type=file]').first().setInputFiles([...(await photoFiles(['cup.jpg']))]);
    await page.getByRole('button', { name: /^Start with/ }).click();
    await page.waitForURL(/\/photos\/[0-9a-f]{8}-[0-9a-f-]{27}/);
    await page.getByText('0 of 1 photo done').waitFor();
    await page.goto(`${edge.url}/jobs`);
    await page.getByText('2 jobs', { exact: true }).waitFor();
    await page.getByRole('row').filter({ hasText: 'Cut out' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'resize' }).getByText('Waiting').waitFor();
    await page.getByRole('link', { name: 'resize' }).click();
    await page.getByText('Why it waits').waitFor();
    await request(`${edge.url}/api/jobs/${id}/cancel`, 'POST', {}, headers);
    await page.getByText('Canceled', { exact: true }).first().waitFor();
  });
});

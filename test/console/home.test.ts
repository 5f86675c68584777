import { beforeEach, describe, expect, test } from 'vitest';
import { startTestServer } from '../server/server.ts';
import { expectAccessible, noBrowser, openConsole, sizes, useBrowser } from './browser.ts';
import { startProxy } from './proxy.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

async function submitTask(url: string, user: string): Promise<void> {
  const headers = { authorization: `Bearer ${user}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ type: 'mail', data: {} });
  expect((await fetch(`${url}/api/v1/jobs`, { method: 'POST', headers, body })).status).toBe(201);
}

describe('home', () => {
  test('counts the jobs of its user by where they are, and shows new ones as they come', async () => {
    const server = await startTestServer();
    await submitTask(server.url, 'mira');
    await submitTask(server.url, 'noor');
    const page = await openConsole(server);
    await page.getByRole('link', { name: /^1\s*Waiting/ }).waitFor();
    await submitTask(server.url, 'mira');
    await page.getByRole('link', { name: /^2\s*Waiting/ }).click();
    await page.waitForURL(`${server.url}/jobs?phase=waiting`);
  });

  test('says when the connection is lost, and goes on when it is back', async () => {
    const server = await startTestServer();
    const proxy = await startProxy(server);
    const page = await openConsole(server, { url: proxy.url, expected: [/Failed to load resource/] });
    await page.getByText('Nothing needs you').waitFor();
    proxy.cut();
    await page.getByText('Connection lost.').waitFor();
    await submitTask(server.url, 'mira');
    proxy.mend();
    await page.getByText('Connection lost.').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: /^1\s*Waiting/ }).waitFor();
  });

  test.for(sizes)('and the page of a job keep still while they load on $name', async ({ width }) => {
    const server = await startTestServer();
    await submitTask(server.url, 'mira');
    const page = await openConsole(server, { width });
    await page.addInitScript(`
      globalThis.moved = 0;
      new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) globalThis.moved += value;
      }).observe({ type: 'layout-shift', buffered: true });
    `);
    const moved = (): Promise<number> => page.evaluate('new Promise((done) => setTimeout(() => done(moved), 500))');
    await page.reload();
    await page.getByRole('heading', { name: 'Recent' }).waitFor();
    expect(await moved()).toBeLessThan(0.05);
    const href = await page.getByRole('link', { name: 'mail' }).first().getAttribute('href');
    await page.goto(new URL(href!, server.url).href);
    await page.getByRole('heading', { name: 'Input' }).waitFor();
    expect(await moved()).toBeLessThan(0.1);
  });

  test('has no barrier on a desk or a phone', async () => {
    const server = await startTestServer();
    await submitTask(server.url, 'mira');
    const page = await openConsole(server);
    await page.getByRole('heading', { name: 'Recent' }).waitFor();
    await expectAccessible(page);
  });
});

test('the console works under a path of a proxy that nobody told it of', async () => {
  const server = await startTestServer();
  await submitTask(server.url, 'mira');
  const { url } = await startProxy(server, '/tools/waybill');
  const page = await openConsole(server, { url, path: '/jobs' });
  await page.getByRole('link', { name: 'mail' }).waitFor();
  await page.getByRole('link', { name: 'Home' }).click();
  await page.getByRole('link', { name: /^1\s*Waiting/ }).click();
  await page.waitForURL(`${url}/jobs?phase=waiting`);
  await page.reload();
  await page.getByRole('link', { name: 'mail' }).waitFor();
});

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestServer, type StartedServer } from '../server/server.ts';
import { noBrowser, openConsole, useBrowser } from './browser.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

let server: StartedServer & { remove(): Promise<void> };
beforeAll(async () => {
  server = await openTestServer({ WEBHOOK_ALLOW_PRIVATE: 'false' });
});
afterAll(() => server?.remove());

const stored = (page: Page): Promise<string> => page.evaluate('JSON.stringify(Object.entries(sessionStorage))');
const more = (page: Page) => page.getByText('Image, environment, secrets, files').click();

describe('what was typed into a form', () => {
  test('is there again after a reload, without what is likely to be a secret, until the form is sent', async () => {
    const page = await openConsole(server, { user: 'admin', path: '/commands' });
    await page.getByLabel('Command', { exact: true }).fill('echo one');
    await more(page);
    await page.getByLabel('Environment').fill('STAGE=test\nAPI_TOKEN=hunter2\ndb_password = hunter3');
    await page.reload();
    expect(await page.getByLabel('Command', { exact: true }).inputValue()).toBe('echo one');
    await more(page);
    expect(await page.getByLabel('Environment').inputValue()).toBe('STAGE=test');
    expect(await stored(page)).not.toContain('hunter');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.waitForURL(/\/jobs\//);
    await expect.poll(() => stored(page)).toBe('[]');
    await page.goto(`${server.url}/commands`);
    expect(await page.getByLabel('Command', { exact: true }).inputValue()).toBe('');
  });

  test('is kept of a dialog, but never a password, and forgotten at the logout', async () => {
    const page = await openConsole(server, { user: 'admin', path: '/users' });
    const open = () => page.getByRole('button', { name: 'Add a user' }).first().click();
    await open();
    await page.getByLabel('Email address').fill('nina@shop.example');
    await page.getByLabel('Password').fill('seven green boats');
    await page.reload();
    await open();
    expect(await page.getByLabel('Email address').inputValue()).toBe('nina@shop.example');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    expect(await stored(page)).not.toContain('boats');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in to Waybill' }).waitFor();
    await expect.poll(() => stored(page)).toBe('[]');
  });

  test('is not kept beyond its limit, nor shown to another user', async () => {
    const page = await openConsole(server, { user: 'admin', path: '/commands' });
    await page.getByLabel('Command', { exact: true }).fill('echo mine');
    await page.context().addCookies([{ name: 'waybill_session', value: 'operator', url: server.url }]);
    await page.reload();
    expect(await page.getByLabel('Command', { exact: true }).inputValue()).toBe('');
    await page.getByLabel('Command', { exact: true }).fill(`echo ${'x'.repeat(20_000)}`);
    await page.reload();
    expect(await page.getByLabel('Command', { exact: true }).inputValue()).toBe('');
  });
});

test('why an address is refused is said in German in the German console', async () => {
  const page = await openConsole(server, {
    user: 'lou', path: '/webhooks?tab=secret', language: 'de', expected: [/400/],
  });
  const send = page.getByRole('button', { name: 'Test senden' });
  await page.getByLabel('Adresse').fill('http://10.0.0.7/hooks');
  await send.click();
  await page.getByText('Das ist keine öffentliche Adresse.').waitFor();
  for (const address of ['ftp://shop.example/', 'https://me:secret@shop.example/']) {
    await page.getByLabel('Adresse').fill(address);
    await send.click();
    await page.getByText('Eine Adresse beginnt mit http:// oder https://').waitFor();
  }
  expect(await page.getByText('must').count()).toBe(0);
});

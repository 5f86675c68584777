import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestServer, startTestServer, type StartedServer } from '../server/server.ts';
import {
  clickUnlessThere, expectAccessible, expectAccessibleInBoth, fresh, noBrowser, openConsole, useBrowser,
} from './browser.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

let server: StartedServer & { remove(): Promise<void> };
beforeAll(async () => void (server = await openTestServer()));
afterAll(() => server.remove());

describe('a server in development mode', () => {
  test('asks who one is, and goes on to the page that was asked for', async () => {
    const page = await openConsole(server, { user: null, path: '/jobs' });
    await page.getByRole('button', { name: 'Log in', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/jobs');
    expect(await page.title()).toBe('Jobs · Waybill');
  });

  test('logs out, here and in other tabs', async () => {
    const page = await openConsole(server, { path: '/jobs' });
    const other = await page.context().newPage();
    await other.goto(`${server.url}/`);
    await other.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in to Waybill' }).waitFor();
    await other.getByRole('heading', { name: 'Log in to Waybill' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });
});

describe('a server with users', () => {
  test('is set up, logs in and out, and refuses a wrong password in words', async () => {
    const own = await startTestServer({}, 'production');
    const page = await openConsole(own, { user: null, expected: [/401/] });
    await page.getByRole('link', { name: 'Set up Waybill' }).click();
    await page.getByLabel('Email address').fill('root@shop.example');
    await page.getByLabel('Password').fill('seven green boats at noon');
    await page.getByRole('button', { name: 'Create the administrator' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: 'waybill_session', httpOnly: true, sameSite: 'Strict' });
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('User or email address').fill('root@shop.example');
    await page.getByLabel('Password').fill('seven red boats at noon');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('The user or the password is wrong.').waitFor();
    await page.getByLabel('Password').fill('seven green boats at noon');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  });

  test('shows the login again when it has ended elsewhere', async () => {
    const own = await startTestServer({}, 'production');
    const page = await openConsole(own, { user: null, path: '/setup', expected: [/401/] });
    await page.getByLabel('Email address').fill('root@shop.example');
    await page.getByLabel('Password').fill('seven green boats at noon');
    await page.getByRole('button', { name: 'Create the administrator' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    const [cookie] = await page.context().cookies();
    const headers = { authorization: `Bearer ${cookie!.value}` };
    expect((await fetch(`${own.url}/api/v1/auth/logout`, { method: 'POST', headers })).status).toBe(200);
    // Unless the stream has told the page already.
    const door = page.getByRole('heading', { name: 'Log in to Waybill' });
    await clickUnlessThere(page.getByRole('link', { name: 'Jobs', exact: true }), door);
  });
});

describe('a login that ends by time', () => {
  test('is asked for again on the page, which goes on where it was', async () => {
    const page = await openConsole(server, { path: '/jobs?kind=task&status=failed', expected: [/401/] });
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
    await endLoginAt(page, '**/api/v1/schedules*');
    await page.getByRole('link', { name: 'Schedules' }).click();
    await page.getByRole('heading', { name: 'Log in to Waybill' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/schedules');
    await page.getByRole('button', { name: 'Log in', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Schedules', exact: true }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
    expect(page.url()).toBe(`${server.url}/jobs?kind=task&status=failed`);
  });

  test('is not asked for twice when the answer to what was asked before comes late', async () => {
    const page = await openConsole(server, { path: '/jobs?kind=task&status=failed', expected: [/401/] });
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
    await endLoginAt(page, '**/api/v1/schedules*');
    await page.getByRole('link', { name: 'Schedules' }).click();
    const door = page.getByRole('dialog', { name: 'Log in to Waybill' });
    await door.waitFor();
    const [refused, back] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()];
    await page.route('**/api/jobs?*', async (route) => {
      const response = await route.fetch();
      refused.resolve(response.status());
      await back.promise;
      await route.fulfill({ response });
    }, { times: 1 });
    await page.goBack();
    expect(await refused.promise).toBe(401);
    await logInAgain(page, 'mira');
    back.resolve();
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
    expect(await door.count()).toBe(0);
  });

  test('does not lose what was typed, and sends it once its user is back', async () => {
    const user = fresh('kim');
    const page = await openConsole(server, { user, path: '/keys', expected: [/401/] });
    await page.getByRole('button', { name: 'Create a key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create a key' });
    await dialog.getByLabel('Name').fill('importer');
    await endLoginAt(page, '**/api/tokens*');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'Log in to Waybill' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expectAccessibleInBoth(page);
    await logInAgain(page, user);
    expect(await dialog.getByLabel('Name').inputValue()).toBe('importer');
    expect(await dialog.getByRole('alert').count()).toBe(0);
    const keys = await fetch(`${server.url}/api/tokens`, { headers: { authorization: `Bearer ${user}` } });
    expect((await keys.json()).data.tokens).toEqual([]);
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'importer' }).waitFor();
  });

  test('keeps no password that was typed, and nothing for anybody else', async () => {
    const page = await openConsole(server, { user: 'admin', path: '/users', expected: [/401/] });
    await page.getByRole('button', { name: 'Add a user' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a user' });
    await dialog.getByRole('textbox', { name: 'User' }).fill('lou');
    await dialog.getByLabel('Password').fill('seven green boats at noon');
    await endLoginAt(page, '**/api/v1/users*');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await logInAgain(page, 'admin');
    expect(await dialog.getByRole('textbox', { name: 'User' }).inputValue()).toBe('lou');
    expect(await dialog.getByLabel('Password').inputValue()).toBe('');
    await dialog.getByLabel('Password').fill('seven green boats at noon');
    await endLoginAt(page, '**/api/v1/users*');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await logInAgain(page, 'mira');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    expect(await dialog.count()).toBe(0);
  });
});

describe('a fresh server that others can reach', () => {
  test('is set up with the token that it printed, and by nobody without it', async () => {
    const token = 'a-token-that-only-its-owner-knows';
    const own = await startTestServer({ SETUP_TOKEN: token, TRUST_PROXY: 'true' }, 'production');
    const page = await openConsole(own, { user: null, path: '/setup', expected: [/401/] });
    const field = page.getByLabel('Setup token');
    await field.fill('a-token-that-somebody-guessed');
    await page.getByLabel('Email address').fill('root@shop.example');
    await page.getByLabel('Password').fill('seven green boats at noon');
    await page.getByRole('button', { name: 'Create the administrator' }).click();
    await page.getByRole('alert').filter({ hasText: /token/ }).waitFor();
    await expectAccessibleInBoth(page);
    await field.fill(token);
    await page.getByRole('button', { name: 'Create the administrator' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('row').filter({ hasText: 'root@shop.example' }).waitFor();
    // Whoever comes later is sent to the login.
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.goto(`${own.url}/setup`);
    await page.getByRole('heading', { name: 'Log in to Waybill' }).waitFor();
  });
});

describe('the shell', () => {
  test('goes to pages by keys, and lists them', async () => {
    const page = await openConsole(server);
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.goBack();
    await page.waitForURL(`${server.url}/`);
  });

  test('speaks German and stays in the appearance that was chosen', async () => {
    const page = await openConsole(server, { language: 'de' });
    await page.getByRole('link', { name: 'Aufträge' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.getByRole('button', { name: 'Ansicht' }).click();
    await page.getByRole('combobox', { name: 'Darstellung' }).selectOption('dark');
    await page.getByRole('combobox', { name: 'Sprache' }).selectOption('en');
    await page.reload();
    await page.getByRole('link', { name: 'Jobs', exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  });

  test('says that a page is not there', async () => {
    const page = await openConsole(server, { path: '/jobs/a/b/c' });
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await page.getByRole('link', { name: 'Home' }).first().click();
    await page.waitForURL(`${server.url}/`);
  });

  test('has no barrier on a desk or a phone', async () => {
    const page = await openConsole(server, { path: '/jobs' });
    await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
    await expectAccessible(page);
  });

  test('has no barrier at its door on a desk or a phone', async () => {
    const page = await openConsole(server, { user: null });
    await page.getByRole('heading', { name: 'Log in to Waybill' }).waitFor();
    await expectAccessible(page);
  });
});

/**
 * The login ends as the page asks for `url`: the cookie is gone, as when its time is over. Any request of the page's
 * own would notice a cookie that is gone before, and take the page away from under what the test does next.
 */
async function endLoginAt(page: Page, url: string) {
  await page.route(
    url,
    async (route) => {
      await page.context().clearCookies();
      await route.continue();
    },
    { times: 1 },
  );
}

/** At the login that lies over a page. */
async function logInAgain(page: Page, userId: string): Promise<void> {
  const door = page.getByRole('dialog', { name: 'Log in to Waybill' });
  await door.getByLabel('User', { exact: true }).fill(userId);
  await door.getByRole('button', { name: 'Log in', exact: true }).first().click();
  await door.waitFor({ state: 'detached' });
}

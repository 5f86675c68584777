import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { openTestServer, type StartedServer } from '../server/server.ts';
import { clickUnlessThere, expectAccessible, fresh, noBrowser, openConsole, useBrowser } from './browser.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

const passphrase = 'seven green boats at noon';

let dev: StartedServer & { remove(): Promise<void> };
let server: StartedServer & { remove(): Promise<void> };
/** Of root. */
let token: string;
beforeAll(async () => {
  dev = await openTestServer();
  server = await openTestServer({ ADMIN_USER: 'root', ADMIN_PASSWORD: passphrase }, 'production');
  token = (await login('root')).body.data.token;
});
afterAll(async () => {
  await dev?.remove();
  await server?.remove();
});

const login = (userId: string, password = passphrase): Promise<Answer> =>
  request(`${server.url}/api/v1/auth/login`, 'POST', { userId, password });
const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
  request(server.url + path, method, body, { authorization: `Bearer ${token}` });
const addUser = (userId: string): Promise<Answer> =>
  ask('POST', '/api/v1/users', { userId, password: passphrase });

/** In the browser, with the password. */
async function logIn(userId: string, path: string, password = passphrase): Promise<Page> {
  const page = await openConsole(server, { user: null, path, expected: [/401/] });
  await page.getByLabel('User or email address').fill(userId);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  return page;
}

describe('API keys', () => {
  test('are made, shown once, and revoked', async () => {
    const page = await openConsole(dev, { user: fresh('mira'), path: '/keys' });
    await page.getByRole('heading', { name: 'No keys yet' }).waitFor();
    await page.getByRole('button', { name: 'Create a key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create a key' });
    await dialog.getByLabel('Name').fill('shop importer');
    expect(await dialog.getByLabel('Administrator').count()).toBe(0);
    await dialog.getByLabel('Good for').selectOption('never');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    const made = page.getByRole('dialog', { name: 'Your new key' });
    const key = await made.getByText(/^wb_\w+$/).textContent();
    const row = page.getByRole('row', { includeHidden: true }).filter({ hasText: 'shop importer' });
    await row.waitFor();
    const use = () => fetch(`${dev.url}/api/v1/auth/me`, { headers: { authorization: `Bearer ${key}` } });
    expect((await use()).status).toBe(200);
    await made.getByRole('button', { name: 'I have copied it' }).click();
    // It ends never, and was not used when the list was loaded.
    await row.getByText('Never').nth(1).waitFor();
    await page.reload();
    await expect.poll(() => row.getByText('Never').count()).toBe(1);
    expect(await page.getByText(key!).count()).toBe(0);
    await row.getByRole('button', { name: 'Revoke shop importer' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await row.getByText('Revoked').waitFor();
    expect((await use()).status).toBe(401);
  });

  test('are revoked all at once after a word is typed', async () => {
    const user = fresh('kim');
    const headers = { authorization: `Bearer ${user}` };
    for (const name of ['a', 'b']) await request(`${dev.url}/api/tokens`, 'POST', { name }, headers);
    const page = await openConsole(dev, { user, path: '/keys' });
    await page.getByRole('button', { name: 'Revoke all of yours' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Revoke all of yours' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Type revoke to confirm').fill('revoke');
    await dialog.getByRole('button', { name: 'Revoke all of yours' }).click();
    await page.getByText('2 keys are revoked.').waitFor();
    await expect.poll(() => page.getByText('Live', { exact: true }).count()).toBe(0);
  });

  test('of everybody are seen and made by administrators', async () => {
    const user = fresh('lia');
    const page = await openConsole(dev, { user: 'admin', path: '/keys' });
    await page.getByRole('button', { name: 'Create a key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create a key' });
    await dialog.getByLabel('Name').fill(`for ${user}`);
    await dialog.getByLabel('User', { exact: true }).first().fill(user);
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: 'I have copied it' }).click();
    const row = page.getByRole('row').filter({ hasText: `for ${user}` });
    await row.getByRole('cell', { name: user, exact: true }).waitFor();
  });
});

describe('your account', () => {
  test('changes the password, which ends other logins', async () => {
    const user = fresh('mira');
    await addUser(user);
    const page = await logIn(user, '/account');
    const other = (await login(user)).body.data.token;
    await page.getByLabel('Current password').fill('not this one');
    await page.getByLabel('New password', { exact: true }).fill('eight blue boats at noon');
    await page.getByLabel('New password once more').fill('eight blue boats');
    await page.getByText('The two are not the same.').waitFor();
    await page.getByLabel('New password once more').fill('eight blue boats at noon');
    await page.getByLabel('Current password').fill(passphrase);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password is changed').waitFor();
    const me = await request(`${server.url}/api/v1/auth/me`, 'GET', undefined, { authorization: `Bearer ${other}` });
    expect(me.status).toBe(401);
    expect((await login(user, 'eight blue boats at noon')).status).toBe(200);
    await page.getByRole('link', { name: 'Credits', exact: true }).click();
    await page.getByRole('heading', { name: 'Credits', exact: true }).waitFor();
  });

  test('says what is wrong with a password at its field', async () => {
    await addUser('eve');
    const page = await openConsole(server, { user: null, path: '/account', expected: [/400|401/] });
    await page.getByLabel('User or email address').fill('eve');
    await page.getByLabel('Password').fill(passphrase);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByLabel('Current password').fill('not the password');
    for (const label of ['New password', 'New password once more']) {
      await page.getByLabel(label, { exact: true }).fill('eight blue boats at noon');
    }
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('is not your password').waitFor();
  });

  test('logs out everywhere, and keeps the keys', async () => {
    await addUser('otto');
    const [page, elsewhere] = [await logIn('otto', '/account'), await logIn('otto', '/credits')];
    const mine = (await login('otto')).body.data.token;
    const made = await request(`${server.url}/api/tokens`, 'POST', { name: 'x' }, { authorization: `Bearer ${mine}` });
    await page.getByRole('button', { name: 'Log out everywhere' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Log out everywhere' }).click();
    await page.getByRole('heading', { name: 'Log in to Waybill' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    const door = elsewhere.getByRole('heading', { name: 'Log in to Waybill' });
    await clickUnlessThere(elsewhere.getByRole('link', { name: 'API keys', exact: true }), door);
    const headers = { authorization: `Bearer ${made.body.data.key}` };
    expect((await request(`${server.url}/api/v1/auth/me`, 'GET', undefined, headers)).status).toBe(200);
  });
});

describe('users', () => {
  test('are added, changed, disabled, given a password and deleted by administrators', async () => {
    const user = fresh('ada');
    const page = await logIn('root', '/users');
    await page.getByRole('button', { name: 'Add a user' }).click();
    const add = page.getByRole('dialog', { name: 'Add a user' });
    await add.getByLabel('User', { exact: true }).first().fill(user);
    await add.getByLabel('Password').fill(passphrase);
    await add.getByRole('button', { name: 'Add', exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: user });
    await row.getByText('Can log in').waitFor();
    expect((await login(user)).status).toBe(200);

    await row.getByRole('button', { name: `Edit ${user}` }).click();
    const edit = page.getByRole('dialog', { name: `Edit ${user}` });
    await edit.getByLabel('Name').fill('Ada');
    await edit.getByLabel('Operator').check();
    await edit.getByRole('button', { name: 'Save' }).click();
    await row.getByText('Operator').waitFor();

    await row.getByRole('button', { name: `New password for ${user}` }).click();
    const reset = page.getByRole('dialog', { name: `New password for ${user}` });
    await reset.getByLabel('Password').fill('eight blue boats at noon');
    await reset.getByRole('button', { name: 'New password' }).click();
    await page.getByText(`${user} has a new password.`).waitFor();
    expect([(await login(user)).status, (await login(user, 'eight blue boats at noon')).status]).toEqual([401, 200]);

    await row.getByRole('button', { name: `Disable ${user}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await row.getByText('Disabled').waitFor();
    expect((await login(user, 'eight blue boats at noon')).status).toBe(401);
    await row.getByRole('button', { name: `Enable ${user}` }).click();
    await row.getByText('Can log in').waitFor();

    await row.getByRole('button', { name: `Delete ${user}` }).click();
    const remove = page.getByRole('dialog');
    expect(await remove.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await remove.getByLabel(`Type ${user} to confirm`).fill(user);
    await remove.getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    const own = page.getByRole('row').filter({ hasText: 'root' });
    expect(await own.getByRole('button', { name: /Disable|Delete/ }).count()).toBe(0);
  });

  test('say at the field what is wrong', async () => {
    const page = await openConsole(server, { user: null, path: '/users', expected: [/400|401/] });
    await page.getByLabel('User or email address').fill('root');
    await page.getByLabel('Password').fill(passphrase);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Add a user' }).click();
    const add = page.getByRole('dialog', { name: 'Add a user' });
    await add.getByLabel('User', { exact: true }).first().fill('a/b');
    await add.getByLabel('Password').fill(passphrase);
    await add.getByRole('button', { name: 'Add', exact: true }).click();
    await add.getByText(/must have only letters/).waitFor();
  });

  test('are a page of administrators only', async () => {
    const page = await openConsole(dev, { path: '/users' });
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    for (const name of ['Users', 'Audit', 'Settings']) {
      expect(await page.getByRole('link', { name, exact: true }).count()).toBe(0);
    }
  });
});

test('pages of people and keys have no barrier on a desk or a phone', async () => {
  const page = await openConsole(dev, { user: 'admin', path: '/keys' });
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await page.getByRole('button', { name: 'Create a key' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('importer');
  await expectAccessible(page);
  await page.goto(`${dev.url}/account`);
  await page.getByRole('heading', { name: 'Who you are' }).waitFor();
  await expectAccessible(page);
  await page.goto(`${dev.url}/users`);
  await page.getByRole('button', { name: 'Add a user' }).click();
  await page.getByRole('dialog').waitFor();
  await expectAccessible(page);
});

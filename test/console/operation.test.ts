import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audited } from '../../src/main/audited.ts';
import { request, type Answer } from '../contract/user.ts';
import { openTestServer, type StartedServer } from '../server/server.ts';
import {
  expectAccessible, expectAccessibleInBoth, fresh, noBrowser, openConsole, useBrowser,
} from './browser.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

let server: StartedServer & { remove(): Promise<void> };
/** What the receiver of webhooks answers, and how often it was asked. */
let answer = 204;
let asked = 0;
const receiver = createServer((_, response) => {
  asked += 1;
  response.writeHead(answer).end(answer === 204 ? undefined : 'The shop is closed.');
});
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  server = await openTestServer({ WEBHOOK_ALLOW_PRIVATE: 'true', RETENTION_DAYS: '7' });
});
afterAll(async () => {
  receiver.close();
  await server?.remove();
});

const ask = (who: string, method: string, path: string, body?: unknown): Promise<Answer> =>
  request(server.url + path, method, body, { authorization: `Bearer ${who}` });

/** A webhook of a task that is canceled. */
async function called(user: string, path: string): Promise<void> {
  const webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;
  const { body } = await ask(user, 'POST', '/api/v1/jobs', { type: 'resize', webhookUrl });
  await ask(user, 'POST', `/api/jobs/${body.data.id}/cancel`);
}

describe('webhooks', () => {
  test('are listed with their attempts, and sent again', async () => {
    answer = 204;
    const user = fresh('mira');
    await called(user, '/fine');
    const page = await openConsole(server, { user, path: '/webhooks' });
    const row = page.getByRole('row').filter({ hasText: '/fine' });
    await row.getByText('Delivered').waitFor();
    await row.getByRole('link', { name: 'job.canceled' }).click();
    await page.getByText('HTTP 204').waitFor();
    await page.getByText('"type": "job.canceled"').waitFor();
    const before = asked;
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('HTTP 204').nth(1).waitFor();
    expect(asked).toBe(before + 1);
    await page.getByRole('link', { name: 'Webhooks' }).first().click();
    await page.getByLabel('State').selectOption('failed');
    await page.getByRole('heading', { name: 'Nothing fits' }).waitFor();
    await page.waitForURL(`${server.url}/webhooks?state=failed`);
  });

  test('have a secret that is shown when asked for, and rotated', async () => {
    const page = await openConsole(server, { user: fresh('mira'), path: '/webhooks?tab=secret' });
    await page.getByRole('button', { name: 'Show the secret' }).click();
    const secret = page.getByText(/^whsec_/);
    const first = await secret.textContent();
    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('There is a new secret.').waitFor();
    await expect.poll(() => secret.textContent()).not.toBe(first);
    await page.getByText(/An earlier secret signs as well until/).waitFor();
    await page.getByRole('button', { name: 'Hide' }).click();
    await secret.waitFor({ state: 'detached' });
  });

  test('are tried by hand, and what the endpoint answered is shown', async () => {
    answer = 503;
    const page = await openConsole(server, { user: 'lou', path: '/webhooks?tab=secret' });
    await page.getByLabel('Address').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/try`);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('HTTP 503').waitFor();
    await page.getByText('The shop is closed.').waitFor();
    await page.getByText('"type": "webhook.test"').waitFor();
    await page.getByText('Failed', { exact: true }).waitFor();
    await expectAccessibleInBoth(page);
  });

  test('say at the field why an address is refused', async () => {
    const page = await openConsole(server, { user: 'lou', path: '/webhooks?tab=secret', expected: [/400/] });
    const field = page.getByLabel('Address');
    await field.fill('ftp://shop.example/hooks');
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.locator('.field.wrong .problem').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    const described = await field.getAttribute('aria-describedby');
    expect(await page.locator('.problem').getAttribute('id')).toBe(described);
    expect(await page.locator('.problem').innerText()).toContain('http');
    expect(await page.getByRole('alert').count()).toBe(0);
    await expectAccessibleInBoth(page);
  });

  test('to an endpoint that is gone are switched on again', async () => {
    answer = 410;
    const user = fresh('kim');
    await called(user, '/gone');
    const page = await openConsole(server, { user, path: '/webhooks' });
    await page.getByRole('row').filter({ hasText: 'Endpoint off' }).waitFor();
    await page.getByRole('link', { name: 'Secret and endpoints' }).click();
    await page.getByRole('button', { name: /Switch on http/ }).click();
    await page.getByText('None. An endpoint that answers 410 Gone').waitFor();
    expect((await ask(user, 'GET', '/api/v1/webhooks/disabled')).body.data.endpoints).toEqual([]);
  });

  test('teach how the first one comes', async () => {
    const page = await openConsole(server, { user: 'new', path: '/webhooks' });
    await page.getByRole('heading', { name: 'No deliveries yet' }).waitFor();
    await page.getByText('waybill task run resize --webhook-url').waitFor();
  });
});

describe('the audit', () => {
  test('is read and filtered, and the filter stays in the address', async () => {
    const [user, secret] = [fresh('lia'), fresh('SHOP_KEY')];
    await ask('admin', 'POST', `/api/accounts/${user}/grants`, { credits: 7, note: 'gift' });
    await ask('admin', 'PUT', `/api/secrets/${secret}`, { value: 'very-secret' });
    const page = await openConsole(server, { user: 'admin', path: '/audit' });
    const row = page.getByRole('row').filter({ hasText: 'Credits or plan given' }).filter({ hasText: user });
    await row.waitFor();
    await row.getByText('127.0.0.1').waitFor();
    expect(await row.textContent()).toContain('credits 7');
    await page.getByRole('row').filter({ hasText: secret }).waitFor();
    await page.getByRole('combobox', { name: 'What' }).selectOption('grantCredits');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText(secret).waitFor({ state: 'detached' });
    await page.waitForURL(`${server.url}/audit?action=grantCredits`);
    await page.getByLabel('To what').fill('nobody');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('heading', { name: 'Nothing fits' }).waitFor();
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.getByText(secret).waitFor();
    expect(await page.textContent('main')).not.toContain('very-secret');
  });
});

test('the audit has words for all that it tells of', async () => {
  const page = await openConsole(server, { user: 'admin', path: '/audit', language: 'de' });
  const select = page.getByRole('combobox', { name: 'Was' });
  await select.waitFor();
  const options = await select.locator('option').evaluateAll((all) => all.map((each) => (
    [(each as HTMLOptionElement).value, each.textContent] as const
  )));
  expect(options.flatMap(([value]) => value || []).sort()).toEqual(Object.keys(audited).sort());
  expect(Object.fromEntries(options)).toMatchObject({
    registerProvider: 'Provider angelegt', pauseWorkType: 'Typ angehalten',
    pruneProductImages: 'Produktfotos aufgeräumt',
  });
});

describe('settings', () => {
  test('are searched, with where they come from and secrets not shown', async () => {
    const page = await openConsole(server, { user: 'admin', path: '/settings' });
    const row = page.getByRole('row').filter({ has: page.getByText('RETENTION_DAYS', { exact: true }) });
    await row.getByText('7', { exact: true }).waitFor();
    await row.getByText('Environment').waitFor();
    await page.getByRole('searchbox').fill('audit');
    await page.getByText('AUDIT_RETENTION_DAYS').waitFor();
    await page.getByText('WAYBILL_HOST').waitFor({ state: 'detached' });
    await page.waitForURL(`${server.url}/settings?q=audit`);
    await page.getByRole('searchbox').fill('no such thing');
    await page.getByRole('heading', { name: 'Nothing fits' }).waitFor();
  });
});

describe('health', () => {
  test('says of each part whether it works', async () => {
    const page = await openConsole(server, { user: 'admin', path: '/health' });
    await page.getByText('Database (sqlite) works.').waitFor();
    await page.getByText('File storage (filesystem) works.').waitFor();
    await page.getByText(/^Development mode:/).waitFor();
    expect(await page.getByRole('link', { name: 'API documentation' }).getAttribute('href')).toMatch(/\/docs$/);
    expect(await page.getByRole('link', { name: 'Metrics' }).getAttribute('href')).toMatch(/\/metrics$/);
  });
});

test('pages of operation have no barrier on a desk or a phone', async () => {
  const page = await openConsole(server, { user: 'admin', path: '/webhooks' });
  await page.getByRole('heading', { name: 'Webhooks', exact: true }).waitFor();
  await page.getByRole('link', { name: /^job\./ }).first().waitFor();
  await expectAccessible(page);
  for (const [path, text] of [['/webhooks?tab=secret', 'Signing secret'], ['/health', 'Checks']] as const) {
    await page.goto(server.url + path);
    await page.getByRole('heading', { name: text }).waitFor();
    await expectAccessible(page);
  }
  await page.goto(`${server.url}/audit`);
  await page.getByText('127.0.0.1').first().waitFor();
  await expectAccessible(page);
  await page.goto(`${server.url}/settings`);
  await page.getByText('AUDIT_RETENTION_DAYS').waitFor();
  await expectAccessible(page);
});

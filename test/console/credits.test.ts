import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callback, newUser, request } from '../contract/user.ts';
import type { Target } from '../contract/target-types.ts';
import { openTestServer, type StartedServer } from '../server/server.ts';
import { expectAccessible, fresh, noBrowser, openConsole, useBrowser } from './browser.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

let server: StartedServer & { remove(): Promise<void> };
/** A set of mira's that was charged one credit of two. */
let jobId: string;
beforeAll(async () => {
  server = await openTestServer();
  const target = { url: server.url, callbackSecret: 'dev-callback-secret' } as Target;
  await grant('mira', { credits: 500, plan: 'pro', note: 'invoice 17' });
  jobId = await newUser(target, 'mira').queued(2);
  await callback(target, jobId, 0);
  await callback(target, jobId, 1, { status: 'failed', error: 'blurred' });
});
afterAll(() => server?.remove());

async function grant(userId: string, body: object): Promise<void> {
  const headers = { authorization: 'Bearer admin' };
  expect((await request(`${server.url}/api/accounts/${userId}/grants`, 'POST', body, headers)).status).toBe(200);
}

describe('plans', () => {
  const limit = (page: Page, name: string) => page.getByRole('dialog').getByLabel(name);

  test('are changed by a form, and the audit has who did it', async () => {
    const page = await openConsole(server, { user: 'admin', path: '/credits?tab=plans', expected: [/400/] });
    await page.getByRole('button', { name: 'Change the plan Free' }).click();
    const before = Number(await limit(page, 'Jobs at once').inputValue());
    expect(before).toBeGreaterThanOrEqual(1);
    await limit(page, 'Saved rules').fill('5000');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field.wrong').waitFor();
    expect(await limit(page, 'Saved rules').getAttribute('aria-invalid')).toBe('true');
    await limit(page, 'Saved rules').fill('4');
    await limit(page, 'Jobs at once').fill(String(before + 1));
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The plan is changed.').waitFor();
    await expect.poll(() => page.getByRole('row').filter({ hasText: 'Free' }).textContent())
      .toContain(`Free10${before + 1}45`);
    await page.getByRole('link', { name: 'Who changed plans' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Plan changed' }).first();
    await row.getByText('free').waitFor();
    await expect.poll(() => row.textContent()).toContain(`runningJobs ${before + 1}`);
  });

  test('are for administrators', async () => {
    const page = await openConsole(server, { path: '/credits?tab=plans' });
    await page.getByRole('heading', { name: 'The last 30 days' }).waitFor();
    expect(await page.getByRole('button', { name: /Change the plan/ }).count()).toBe(0);
  });
});

describe('credits', () => {
  test('are shown as figures, and what each job cost in one line that unfolds', async () => {
    const page = await openConsole(server, { path: '/credits' });
    await page.getByText('509', { exact: true }).waitFor();
    const line = page.getByRole('row').filter({ hasText: 'held' });
    expect(await line.count()).toBe(1);
    await line.getByText('−1', { exact: true }).waitFor();
    await line.getByText('2 held → 1 charged → 1 returned').click();
    expect(await line.getByRole('listitem').allTextContents()).toMatchObject([
      expect.stringContaining('2 held'), expect.stringContaining('1 charged'), expect.stringContaining('1 returned'),
    ]);
    expect(await line.getByRole('link').getAttribute('title')).toBe(jobId);
    await page.getByRole('row').filter({ hasText: 'Given: invoice 17' }).getByText('+500').waitFor();
    // It is the user's own page: nothing of others.
    expect(await page.getByText('All accounts').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Give credits' }).count()).toBe(0);
  });

  test('have a chart of 30 days, which is a table too', async () => {
    const page = await openConsole(server, { path: '/credits' });
    const chart = page.getByRole('img', { name: /Chart of credits over 30 days: 1 spent, 510 given/ });
    await chart.waitFor();
    // Something was spent and given on the last of the days alone.
    const heights = await chart.locator('i').evaluateAll((bars) => bars.map((bar) => bar.clientHeight));
    expect(heights).toHaveLength(60);
    expect(heights.slice(0, 58).every((height) => height === 0)).toBe(true);
    expect(heights[58]).toBeGreaterThan(0);
    expect(heights[59]).toBeGreaterThan(heights[58]!);
    await page.getByText('Show as a table').click();
    const table = page.getByRole('table', { name: 'The last 30 days' });
    expect(await table.getByRole('row').count()).toBe(31);
    expect(await table.getByRole('row').nth(1).getByRole('cell').allTextContents()).toEqual(
      [expect.any(String), '510', '2', '1', '1'],
    );
  });

  test('of others are found and given by administrators, with a reason', async () => {
    const user = fresh('lia');
    await grant(user, { credits: 5 });
    const page = await openConsole(server, { user: 'admin', path: '/credits?tab=accounts' });
    await page.getByRole('link', { name: 'mira' }).waitFor();
    await page.getByLabel('User id begins with').fill(user);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'mira' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: user }).click();
    await page.getByRole('button', { name: 'Give credits' }).click();
    const dialog = page.getByRole('dialog', { name: `Give credits to ${user}` });
    expect(await dialog.getByRole('button', { name: 'Give', exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel('Credits').fill('30');
    await dialog.getByLabel('Reason').fill('for the fair');
    await dialog.getByLabel('Plan').selectOption('pro');
    await dialog.getByRole('button', { name: 'Give', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'Given: for the fair' }).getByText('+30').waitFor();
    await page.getByText('Pro', { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/credits/${user}`);
  });

  test('teach what they are while there are none', async () => {
    const page = await openConsole(server, { user: 'new', path: '/credits' });
    await page.getByRole('heading', { name: 'Nothing has happened yet' }).waitFor();
    await page.getByText('No credits were spent or given in the last 30 days.').waitFor();
  });

  test('are loaded page by page', async () => {
    const user = fresh('many');
    for (let n = 1; n <= 60; n++) await grant(user, { credits: 1, note: `gift ${n}` });
    const page = await openConsole(server, { user, path: '/credits' });
    await page.getByText('Given: gift 60', { exact: true }).waitFor();
    expect(await page.getByText('Given: gift 5', { exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('Given: gift 5', { exact: true }).waitFor();
  });

  test('have no barrier on a desk or a phone', async () => {
    const page = await openConsole(server, { path: '/credits' });
    await page.getByRole('img', { name: /Chart of credits over 30 days/ }).waitFor();
    await page.getByText('2 held → 1 charged → 1 returned').click();
    await expectAccessible(page);
  });
});

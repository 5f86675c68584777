import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { startTestServer } from '../server/server.ts';
import { expectAccessible, noBrowser, openConsole, useBrowser } from './browser.ts';
import { people } from './people.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

const rows = (page: Page) => page.getByRole('table', { name: 'Schedules, by name' }).locator('tbody tr');
const nightly = { name: 'Nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin', type: 'report' };

async function withSchedule(more: object = {}) {
  const server = await startTestServer();
  const client = createClient({ server: server.url, token: 'mira' });
  const { scheduleId: id } = await client.createSchedule({ body: { ...nightly, ...more } });
  return { server, client, id };
}

test('the first schedule is made by a form, which says the cron expression in words', async () => {
  const server = await startTestServer();
  const client = createClient({ server: server.url, token: 'mira' });
  const page = await openConsole(server, { path: '/schedules', expected: [/400/] });
  await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  await page.getByRole('button', { name: 'New schedule' }).click();
  await page.getByLabel('Name').fill('Morning report');
  await page.getByLabel('Cron expression').fill('0 8 * * 1-5');
  await page.getByText('In words: Weekdays at 8:00').waitFor();
  expect(await page.getByLabel('Time zone').inputValue()).toBe('Europe/Berlin');
  await page.getByLabel('Task type').fill('report');
  await page.getByLabel('Input, as JSON').fill('{');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('This is not JSON.').waitFor();
  await page.getByLabel('Input, as JSON').fill('{"month":11}');
  await page.getByLabel('Time zone').fill('Mars/Olympus');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Something in this is not valid.').waitFor();
  expect(await page.getByLabel('Time zone').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.getByRole('button', { name: 'Save' }).click();
  await rows(page).getByText('Weekdays at 8:00').waitFor();
  const { schedules } = await client.listSchedules();
  expect(schedules).toMatchObject([{ name: 'Morning report', kind: 'task', type: 'report', data: { month: 11 } }]);
});

test('a command is scheduled as well', async () => {
  const server = await startTestServer();
  const client = createClient({ server: server.url, token: 'mira' });
  const page = await openConsole(server, { path: '/schedules' });
  await page.getByRole('button', { name: 'New schedule' }).click();
  await page.getByLabel('Name').fill('Backup');
  await page.getByLabel('Cron expression').fill('@daily');
  await page.getByLabel('Kind of job').selectOption({ label: 'Command' });
  await page.getByLabel('Command', { exact: true }).fill('pg_dump > dump.sql');
  await page.getByLabel('Files to keep, as a JSON list').fill('["dump.sql"]');
  await page.getByLabel('Submit jobs').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await rows(page).getByText('Paused').waitFor();
  expect((await client.listSchedules()).schedules).toMatchObject([
    { kind: 'command', command: 'pg_dump > dump.sql', outputs: ['dump.sql'], enabled: false },
  ]);
});

test('a schedule is run now, paused, resumed, changed and deleted', async () => {
  const { server, client, id } = await withSchedule({ priority: 7 });
  const page = await openConsole(server, { path: '/schedules' });
  await rows(page).getByText('Every day at 2:30').waitFor();
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByText('Submitted.', { exact: true }).waitFor();
  expect((await client.listJobs()).total).toBe(1);
  await page.getByRole('button', { name: 'Pause: Nightly' }).click();
  await rows(page).getByText('Paused').waitFor();
  expect(await client.getSchedule({ params: { id } })).toMatchObject({ enabled: false, priority: 7 });
  await page.getByRole('button', { name: 'Resume: Nightly' }).click();
  await page.getByText('Resumed.').waitFor();
  await page.getByRole('button', { name: 'Edit Nightly' }).click();
  await page.getByLabel('Cron expression').fill('0 4 * * *');
  await page.getByRole('button', { name: 'Save' }).click();
  await rows(page).getByText('Every day at 4:00').waitFor();
  expect(await client.getSchedule({ params: { id } })).toMatchObject({ enabled: true, priority: 7, type: 'report' });
  await page.getByRole('button', { name: 'Delete: Nightly' }).click();
  await page.getByRole('dialog', { name: 'Delete Nightly?' }).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
});

test('the next five ticks are those of the clock of its zone, and say where that changes', async () => {
  const { server, client, id } = await withSchedule({ cron: '0 12 1 3,4 *' });
  const { nextTicks } = (await client.getSchedule({ params: { id } })) as unknown as { nextTicks: string[] };
  const page = await openConsole(server, { path: '/schedules' });
  await rows(page).locator('summary').click();
  const ticks = rows(page).locator('.ticks li');
  await ticks.nth(4).waitFor();
  expect(await ticks.count()).toBe(5);
  const texts = await ticks.allInnerTexts();
  // Noon of the zone, in winter time in March and in summer time in April.
  for (const [at, tick] of nextTicks.entries()) {
    expect(texts[at]).toMatch(/12:00/);
    const isSummer = new Date(tick).getUTCMonth() === 3;
    expect(new Date(tick).getUTCHours()).toBe(isSummer ? 10 : 11);
    if (at > 0) expect(texts[at]).toContain('the clocks have changed');
  }
});

test('in German it is said in German', async () => {
  const { server } = await withSchedule({ cron: '0 8 * * 1-5' });
  const page = await openConsole(server, { path: '/schedules', language: 'de' });
  await page.getByText('Montags bis freitags um 8:00 Uhr').waitFor();
  await page.getByRole('button', { name: 'Neuer Zeitplan' }).waitFor();
});

test('is a page of operators', async () => {
  const server = await startTestServer({}, 'production');
  const { user, operator } = await people(server);
  const page = await openConsole(server, { user, path: '/schedules' });
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  for (const name of ['Schedules', 'Task types', 'Workers', 'Providers', 'Commands']) {
    expect(await page.getByRole('link', { name, exact: true }).count()).toBe(0);
  }
  const other = await openConsole(server, { user: operator, path: '/schedules' });
  await other.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  for (const name of ['Schedules', 'Task types', 'Workers', 'Providers', 'Commands']) {
    expect(await other.getByRole('link', { name, exact: true }).count()).toBe(1);
  }
});

test('has no barrier on a desk or a phone', async () => {
  const { server, client } = await withSchedule();
  await client.createSchedule({ body: { ...nightly, name: 'Odd', cron: '13 4 * * 3#1', enabled: false } });
  const page = await openConsole(server, { path: '/schedules' });
  await rows(page).nth(1).waitFor();
  await rows(page).first().locator('summary').click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'New schedule' }).click();
  await page.getByLabel('Cron expression').waitFor();
  await expectAccessible(page);
});

import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { startTestServer } from '../server/server.ts';
import { expectAccessible, noBrowser, openConsole, useBrowser } from './browser.ts';
import { Hand } from './worker.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

const rows = (page: Page) => page.getByRole('table', { name: 'Jobs, newest first' }).locator('tbody tr');
const filter = (page: Page) => page.getByRole('combobox', { name: 'Filter' });

async function withJobs() {
  const server = await startTestServer();
  const hand = new Hand(server);
  return { server, hand };
}

describe('the list of jobs', () => {
  test('says how to make the first one, and shows it as it comes', async () => {
    const { server, hand } = await withJobs();
    const page = await openConsole(server, { path: '/jobs' });
    await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
    await page.getByText('waybill task run').waitFor();
    await hand.submit('report');
    await page.getByRole('link', { name: 'report' }).waitFor();
    await page.getByText('1 job', { exact: true }).waitFor();
  });

  test('is narrowed by a completed term, which is in the address, and taken out again', async () => {
    const { server, hand } = await withJobs();
    const id = await hand.submit('report');
    await hand.submit('import');
    await hand.client.cancelJob({ params: { id } });
    const page = await openConsole(server, { path: '/jobs' });
    await rows(page).nth(1).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('pha');
    await page.getByRole('option', { name: 'phase:' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('cancel');
    await page.keyboard.press('ArrowDown');
    expect(await filter(page).getAttribute('aria-activedescendant')).not.toBeNull();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${server.url}/jobs?phase=canceled`);
    await page.getByText('1 job', { exact: true }).waitFor();
    await expect.poll(() => rows(page).count()).toBe(1);
    await page.reload();
    await page.getByRole('button', { name: 'Remove the filter phase:canceled' }).click();
    await page.waitForURL(`${server.url}/jobs`);
    await rows(page).nth(1).waitFor();
    await filter(page).fill('status:pending');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${server.url}/jobs?status=pending`);
    await page.keyboard.press('Backspace');
    await page.waitForURL(`${server.url}/jobs`);
  });

  test('is narrowed by a label that a type makes of its data, completed by its name and value', async () => {
    const { server, hand } = await withJobs();
    await hand.client.putWorkType({ params: { type: 'report' }, body: { searchable: ['sku'] } });
    await hand.submit('report', { data: { sku: 'A-17' } });
    await hand.submit('report', { data: { sku: 'B-20' } });
    const page = await openConsole(server, { path: '/jobs' });
    await rows(page).nth(1).waitFor();
    await filter(page).fill('sk');
    await page.getByRole('option', { name: 'sku: label of jobs' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'sku:A-17', exact: true }).waitFor();
    await page.keyboard.type('b-');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${server.url}/jobs?label=sku:B-20`);
    await page.getByText('1 job', { exact: true }).waitFor();
    await filter(page).fill('sku:A-17');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${server.url}/jobs?label=sku:A-17`);
    await page.reload();
    await page.getByRole('button', { name: 'Remove the filter label:sku:A-17' }).waitFor();
    await page.getByText('1 job', { exact: true }).waitFor();
  });

  test('says what is wrong with a term, and that nothing matches', async () => {
    const { server, hand } = await withJobs();
    await hand.submit('report');
    const page = await openConsole(server, { path: '/jobs' });
    await filter(page).fill('after:yesterday');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('A time is').waitFor();
    await filter(page).fill('hello');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Write a filter').waitFor();
    await filter(page).fill('type:nothing');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await rows(page).first().waitFor();
  });

  test('goes to the job whose id begins as what was typed', async () => {
    const { server, hand } = await withJobs();
    const id = await hand.submit('report');
    const page = await openConsole(server, { path: '/jobs' });
    await filter(page).fill(id.slice(0, 20));
    await page.getByRole('option', { name: `Go to job ${id}` }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${server.url}/jobs/${id}`);
    await page.goBack();
    await filter(page).fill('00000000-aaaa');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('There is no job').waitFor();
  });

  test('changes rows where they stand, and counts new jobs instead of moving them', async () => {
    const { server, hand } = await withJobs();
    const id = await hand.submit('report');
    const page = await openConsole(server, { path: '/jobs' });
    await rows(page).first().waitFor();
    await hand.take('report');
    await rows(page).getByText('Running').waitFor();
    await hand.submit('import');
    await hand.submit('import');
    const pill = page.getByRole('button', { name: '2 new' });
    await pill.waitFor();
    expect(await rows(page).count()).toBe(1);
    await hand.report(id, { type: 'complete', result: null });
    await rows(page).getByText('Done').waitFor();
    await pill.click();
    await rows(page).nth(2).waitFor();
    expect(await rows(page).first().innerText()).toContain('import');
  });

  test('grows by pages of 50, and keeps its place', async () => {
    const { server, hand } = await withJobs();
    await hand.submitMany('report', 120);
    const page = await openConsole(server, { path: '/jobs' });
    await page.getByText('120 jobs').waitFor();
    await expect.poll(() => rows(page).count()).toBe(50);
    const more = page.getByRole('button', { name: 'Load more' });
    await more.scrollIntoViewIfNeeded();
    const before = await page.evaluate('scrollY');
    await more.click();
    await rows(page).nth(99).waitFor();
    expect(await page.evaluate('scrollY')).toBe(before);
    await more.click();
    await rows(page).nth(119).waitFor();
    await more.waitFor({ state: 'detached' });
  });

  test('keeps the columns that were chosen', async () => {
    const { server, hand } = await withJobs();
    await hand.submit('report');
    const page = await openConsole(server, { path: '/jobs' });
    await page.getByRole('columnheader', { name: 'Cost' }).waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Cost' }).uncheck();
    await page.getByRole('checkbox', { name: 'Labels' }).check();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByRole('columnheader', { name: 'Labels' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Cost' }).count()).toBe(0);
    expect(await page.getByRole('columnheader', { name: 'Owner' }).count()).toBe(0);
  });

  test('exports what matches, and no cell begins a formula', async () => {
    const { server, hand } = await withJobs();
    await hand.submitMany('report', 230);
    await hand.client.submitCommand({ body: { command: 'true', name: '=1+1', runAt: '2100-01-01T00:00:00Z' } });
    const page = await openConsole(server, { path: '/jobs' });
    await rows(page).first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^jobs-\d{4}-\d{2}-\d{2}\.csv$/);
    const lines = readFileSync(await download.path(), 'utf8').trimEnd().split('\r\n');
    expect(lines).toHaveLength(232);
    expect(lines[0]).toContain('id,kind,type,title,status');
    expect(lines[1]).toContain(",'=1+1,");
    await page.getByText('Exported 231 jobs.').waitFor();
  });
});

describe('chosen jobs', () => {
  test('are chosen by a range, canceled together, and deleted', async () => {
    const { server, hand } = await withJobs();
    await hand.submitMany('report', 5);
    const page = await openConsole(server, { path: '/jobs' });
    const boxes = page.getByRole('checkbox', { name: 'Select report' });
    await boxes.nth(4).waitFor();
    await boxes.nth(0).click();
    await boxes.nth(2).click({ modifiers: ['Shift'] });
    await page.getByText('3 jobs selected').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog', { name: 'Cancel 3 jobs?' }).waitFor();
    await page.getByRole('button', { name: 'Cancel 3 jobs' }).click();
    await page.getByText('Done: 3 jobs.').waitFor();
    expect((await hand.client.listJobs({ query: { phase: 'canceled' } })).total).toBe(3);
    await rows(page).filter({ hasText: 'Canceled' }).nth(2).waitFor();
    await page.getByRole('checkbox', { name: 'Select all jobs on the page' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('2 of the selected jobs are left alone').waitFor();
    await page.getByRole('button', { name: 'Delete 3 jobs' }).click();
    await page.getByText('Done: 3 jobs.').first().waitFor();
    await expect.poll(async () => (await hand.client.listJobs()).total).toBe(2);
    await expect.poll(() => rows(page).count()).toBe(2);
  });

  test('are all that match, of every kind; over 100 the number has to be typed', async () => {
    const { server, hand } = await withJobs();
    await hand.submitMany('report', 118);
    for (const name of ['a', 'b']) {
      await hand.client.submitCommand({ body: { command: 'true', name, runAt: '2100-01-01T00:00:00Z' } });
    }
    await hand.submit('import');
    const page = await openConsole(server, { path: '/jobs?phase=waiting' });
    await page.getByRole('checkbox', { name: 'Select all jobs on the page' }).click();
    await page.getByRole('button', { name: 'Select all 121 that match' }).click();
    await page.getByText('All 121 jobs that match are selected').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const act = page.getByRole('button', { name: 'Cancel 121 jobs' });
    await act.waitFor();
    expect(await act.isDisabled()).toBe(true);
    await page.getByLabel('Type 121 to confirm').fill('121');
    await act.click();
    await page.getByText('Done: 121 jobs.').waitFor();
    expect((await hand.client.listJobs({ query: { phase: 'canceled' } })).total).toBe(121);
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
  });

  test('are retried, and those that cannot be are told of', async () => {
    const { server, hand } = await withJobs();
    const id = await hand.submit('report');
    await hand.client.cancelJob({ params: { id } });
    const page = await openConsole(server, { path: '/jobs' });
    await page.getByRole('checkbox', { name: 'Select report' }).click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('None of these can be canceled').waitFor();
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.getByRole('button', { name: 'Retry 1 job' }).click();
    await page.getByText('Done: 1 job.').waitFor();
    expect(await hand.client.getJob({ params: { id } })).toMatchObject({ phase: 'waiting' });
    await page.getByRole('checkbox', { name: 'Select report' }).click();
    await page.getByRole('button', { name: 'Clear the selection' }).click();
    await page.getByText('selected').waitFor({ state: 'detached' });
  });
});

test('owners are shown and asked for by administrators alone', async () => {
  const { server, hand } = await withJobs();
  await hand.submit('report');
  await new Hand(server, 'noor').submit('import');
  const page = await openConsole(server, { user: 'admin', path: '/jobs?owner=noor' });
  await page.getByRole('columnheader', { name: 'Owner' }).waitFor();
  await expect.poll(() => rows(page).count()).toBe(1);
  expect(await rows(page).first().innerText()).toContain('noor');
});

test('a list of very many jobs stays fast', async () => {
  const { server, hand } = await withJobs();
  await hand.submitMany('report', 10_050);
  const page = await openConsole(server, { path: '/jobs' });
  await page.getByText('more than 10,000 jobs').waitFor();
  for (let page_ = 2; page_ <= 12; page_++) {
    await page.getByRole('button', { name: 'Load more' }).click();
    await rows(page).nth(page_ * 50 - 1).waitFor();
  }
  // With 600 rows: a click on a box is drawn at once, unless the machine has something else to do each time.
  const took = await page.evaluate(async () => {
    const boxes = document.querySelectorAll<HTMLInputElement>('tbody input');
    const times: number[] = [];
    for (const at of [300, 310, 320, 330, 340]) {
      const from = performance.now();
      boxes[at]!.click();
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      times.push(performance.now() - from);
    }
    return Math.min(...times);
  });
  await page.getByText('5 jobs selected').waitFor();
  expect(took).toBeLessThan(400);
});

test('the list has no barrier on a desk or a phone', async () => {
  const { server, hand } = await withJobs();
  const id = await hand.submit('report', { totalItems: 10 });
  await hand.submit('import');
  await hand.take('report');
  await hand.report(id, { type: 'progress', processed: 3 });
  const page = await openConsole(server, { path: '/jobs?kind=task' });
  await page.getByRole('checkbox', { name: 'Select report' }).click();
  await filter(page).click();
  await page.getByRole('option').first().waitFor();
  await expectAccessible(page);
});

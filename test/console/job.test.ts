import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { startTestServer } from '../server/server.ts';
import { expectAccessible, noBrowser, openConsole, useBrowser } from './browser.ts';
import { Hand } from './worker.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

async function started() {
  const server = await startTestServer();
  return { server, hand: new Hand(server) };
}

/** A task that failed once, and is done. */
async function withAttempts() {
  const { server, hand } = await started();
  const data = { big: 1, name: 'a' };
  const id = await hand.submit('report', { data, backoff: { firstMs: 0, maxMs: 0 }, maxAttempts: 3 });
  await hand.take('report');
  const stack = 'Error: row 7 is bad\n    at read (import.js:7:3)';
  for (const row of [7, 12]) {
    await hand.report(id, { type: 'error', item: `row ${row}`, message: `row ${row} is bad`, stack });
  }
  await hand.report(id, { type: 'fail', message: 'the disk is full' });
  await hand.take('report');
  await hand.report(id, { type: 'complete', result: { rows: 12 } });
  return { server, hand, id };
}

describe('the page of a task', () => {
  test('shows its attempts, errors by what they are, input and result', async () => {
    const { server, id } = await withAttempts();
    const page = await openConsole(server, { path: `/jobs/${id}` });
    await page.getByRole('heading', { name: /report/ }).waitFor();
    await page.getByText('2 of 3', { exact: true }).waitFor();
    const attempts = page.getByRole('table', { name: 'Attempts' }).locator('tbody tr');
    await attempts.nth(1).waitFor();
    expect(await attempts.nth(1).innerText()).toContain('the disk is full');
    await page.getByRole('img', { name: /^2 attempts: waited .*, ran / }).waitFor();
    const errors = page.locator('.error-groups > li');
    await errors.nth(1).waitFor();
    expect(await errors.count()).toBe(2);
    expect(await errors.nth(1).innerText()).toMatch(/row 12 is bad[^]*2 times[^]*row 12, row 7/);
    await errors.nth(1).getByText('Where it was thrown').click();
    await page.getByText('at read (import.js:7:3)').waitFor();
    expect(await page.getByRole('region', { name: 'Result' }).innerText()).toBe('{\n  "rows": 12\n}');
  });

  test('follows what happens to it, in words', async () => {
    const { server, hand } = await started();
    const id = await hand.submit('report', { totalItems: 4 });
    const page = await openConsole(server, { path: `/jobs/${id}` });
    await page.getByText('Has waited').waitFor();
    await hand.take('report');
    await hand.report(id, { type: 'progress', processed: 3, total: 4 });
    await page.getByText('3 / 4').waitFor();
    await page.getByRole('link', { name: 'History' }).click();
    const history = page.getByRole('listitem');
    await history.filter({ hasText: 'Progress: 3 of 4' }).waitFor();
    await history.filter({ hasText: 'Submitted' }).filter({ hasText: 'by mira' }).waitFor();
    await hand.report(id, { type: 'cost', microUsd: 250_000 });
    await history.filter({ hasText: 'Cost $0.25' }).waitFor();
    await history.filter({ hasText: 'Started' }).locator('summary').click();
    await page.getByText('"workerId": "hand-1"').waitFor();
  });

  test('cancels, retries and deletes it', async () => {
    const { server, hand } = await started();
    const id = await hand.submit('report');
    const page = await openConsole(server, { path: `/jobs/${id}`, expected: [/404/] });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).last().click();
    await page.getByText('Canceled.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('It starts again.').waitFor();
    await page.getByRole('heading', { name: /Waiting/ }).waitFor();
    await hand.client.cancelJob({ params: { id } });
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(`${server.url}/jobs`);
    expect(await hand.client.call('getJob', { params: { id } })).toMatchObject({ ok: false });
  });

  test('makes another one of it with edits, and says what is wrong with them', async () => {
    const { server, hand } = await started();
    const id = await hand.submit('report', { data: { month: 10 } });
    const page = await openConsole(server, { path: `/jobs/${id}`, expected: [/400/] });
    await page.getByRole('button', { name: 'Run again…' }).click();
    const field = page.getByRole('textbox', { name: 'JSON' });
    const body = JSON.parse(await field.inputValue());
    expect(body).toMatchObject({ type: 'report', data: { month: 10 } });
    const run = page.getByRole('button', { name: 'Run', exact: true });
    await field.fill('{ "type": ');
    await run.click();
    await page.getByText('This is not JSON').waitFor();
    await field.fill('{"type":"report","data":9007199254740993}');
    await run.click();
    await page.getByText('A browser cannot send 9007199254740993').waitFor();
    await field.fill('{"type":"re port"}');
    await run.click();
    await page.getByText('Something in this is not valid.').waitFor();
    await field.fill(JSON.stringify({ ...body, data: { month: 11 } }));
    await run.click();
    await page.getByText('A new job has been made.').waitFor();
    await page.waitForURL((url) => /^\/jobs\/./.test(url.pathname) && !url.pathname.endsWith(id));
    const made = new URL(page.url()).pathname.split('/').at(-1)!;
    expect(await hand.client.getTask({ params: { id: made } })).toMatchObject({ data: { month: 11 } });
  });

  test('is copied as curl that a shell understands', async () => {
    const { server, hand } = await started();
    const id = await hand.submit('report', { data: { name: "it's" } });
    const page = await openConsole(server, { path: `/jobs/${id}` });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied).toContain(`curl -X POST ${server.url}/api/v1/jobs`);
    expect(await copied()).toContain(`"name": "it'\\''s"`);
    await page.getByRole('button', { name: 'Copy as CLI' }).click();
    await expect.poll(copied).toContain('waybill task run report --data ');
  });

  test('shows its checkpoints, sleeps and the tasks that it has started, as they come', async () => {
    const { server, hand } = await started();
    const id = await hand.submit('publish', { backoff: { firstMs: 0, maxMs: 0 } });
    await hand.take('publish');
    const result = { url: 'https://a.example/1', of: [1] };
    await hand.report(id, { type: 'step', name: 'upload', tookMs: 421, result });
    const page = await openConsole(server, { path: `/jobs/${id}` });
    const rows = page.getByRole('table', { name: 'Steps' }).locator('tbody tr');
    await rows.first().waitFor();
    const shown = await rows.first().innerText();
    expect(shown).toMatch(/^upload\s+Done\s[^]*421 ms\s/);
    expect(shown.endsWith('{"url":"https://a.example/1","of":[1]}')).toBe(true);
    await rows.first().locator('summary').click();
    await page.getByRole('region', { name: 'Result: upload' }).getByText('"url": "https://a.example/1"').waitFor();
    const child = await hand.startChild(id, { name: 'small', type: 'resize' });
    await hand.take('resize');
    await rows.nth(1).getByText('Running').waitFor();
    await hand.report(id, { type: 'fail', message: 'no answer' });
    await hand.take('publish');
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await hand.report(id, { type: 'step', name: 'sleep', result: until });
    await hand.report(id, { type: 'suspend', waitsFor: [], delayMs: 3_600_000 });
    await rows.nth(2).getByText(/^in (?:1 hour|\d+ minutes)$/).waitFor();
    expect(await rows.nth(2).innerText()).toMatch(/^sleep\s*attempt 2\s+Waiting/);
    await page.getByRole('table', { name: 'Attempts' }).getByText('Interrupted').waitFor();
    await hand.report(child, { type: 'complete', result: null });
    await rows.nth(1).getByText('Done').waitFor();
    await expectAccessible(page);
    await rows.nth(1).getByRole('link', { name: 'resize' }).click();
    await page.getByRole('heading', { name: /resize/ }).waitFor();
    await page.getByText('Is part of').waitFor();
  });

  test('says why it waits, and shows what it is connected with', async () => {
    const { server, hand } = await started();
    const first = await hand.submit('import');
    const second = await hand.submit('report', { dependsOn: [first] });
    const page = await openConsole(server, { path: `/jobs/${second}` });
    await page.getByText('It waits for other jobs.').waitFor();
    const graph = page.getByRole('group', { name: /Jobs that it waits for/ });
    await graph.getByRole('link', { name: 'import' }).click();
    await page.waitForURL(`${server.url}/jobs/${first}`);
    await graph.getByText('Waits for this job').waitFor();
    expect(await graph.getByRole('link', { name: 'report' }).getAttribute('href')).toBe(`/jobs/${second}`);
    await hand.client.cancelJob({ params: { id: first } });
    await graph.getByRole('listitem').getByText('Canceled').waitFor();
  });
});

describe('the log of a job', () => {
  test('is followed, paused with a count of new lines, searched, and gone through by number', async () => {
    const { server, hand } = await started();
    const id = await hand.submit('report');
    await hand.take('report');
    await hand.log(id, ['\u001b[31mred\u001b[0m words', 'the second line']);
    await hand.log(id, ['something is odd'], 'warn');
    const page = await openConsole(server, { path: `/jobs/${id}?tab=log` });
    const log = page.getByRole('log');
    await log.getByText('red words', { exact: true }).waitFor();
    await hand.log(id, ['as it comes']);
    await log.getByText('as it comes').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await hand.log(id, ['later one', 'later two']);
    await page.getByRole('button', { name: '2 new lines' }).waitFor();
    expect(await log.getByText('later').count()).toBe(0);
    await page.getByRole('button', { name: '2 new lines' }).click();
    await log.getByText('later two').waitFor();
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('LATER');
    await page.getByText('2 lines match').waitFor();
    await expect.poll(() => log.locator('mark').count()).toBe(2);
    await page.getByRole('textbox', { name: 'Go to line' }).fill('2');
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await log.locator('.marked').getByText('the second line').waitFor();
    await page.getByRole('textbox', { name: 'Go to line' }).fill('999');
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await page.getByText('There is no line 999.').waitFor();
  });

  test('shows the last 5,000 lines, and any other by its number; the download has all', async () => {
    const { server, hand } = await started();
    const id = await hand.submit('report');
    await hand.take('report');
    await hand.log(id, Array.from({ length: 5_400 }, (_, at) => `line ${at + 1}.`));
    await hand.report(id, { type: 'complete', result: null });
    const page = await openConsole(server, { path: `/jobs/${id}?tab=log` });
    const log = page.getByRole('log');
    await log.getByText('line 5400.').waitFor();
    await page.getByText('End of the log').waitFor();
    await page.getByText('The last 5,000 lines are shown.').waitFor();
    expect(await log.locator('.log-line').count()).toBeLessThanOrEqual(5_100);
    await page.getByRole('textbox', { name: 'Go to line' }).fill('3');
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await log.getByText('line 3.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Back to the newest lines' }).click();
    await log.getByText('line 5400.').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8').trimEnd().split('\n')).toHaveLength(5_400);
  });
});

test('a command shows its exit code, steps, log and files', async () => {
  const { server, hand } = await started();
  const command = 'echo hello; echo oops >&2; echo result > out.txt; exit 3';
  const { id } = await hand.client.submitCommand({ body: { command, outputs: ['out.txt'], labels: { team: 'web' } } });
  const page = await openConsole(server, { path: `/jobs/${id}` });
  await page.getByText('It ended with an error.').waitFor();
  await page.getByText('Create the container, pod or process').waitFor();
  await page.getByRole('link', { name: 'team:web' }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'), page.getByRole('link', { name: 'Download out.txt' }).click(),
  ]);
  expect(readFileSync(await download.path(), 'utf8')).toBe('result\n');
  await page.getByRole('link', { name: 'Log' }).click();
  await page.getByRole('log').locator('.err').getByText('oops').waitFor();
});

test('a job of somebody else is not shown; an administrator sees whose it is', async () => {
  const { server, hand } = await started();
  const id = await hand.submit('report');
  const page = await openConsole(server, { user: 'noor', path: `/jobs/${id}`, expected: [/404/] });
  await page.getByText('This does not exist, or it belongs to somebody else.').first().waitFor();
  const admin = await openConsole(server, { user: 'admin', path: `/jobs/${id}` });
  await admin.getByText('Owner', { exact: true }).waitFor();
  await admin.getByText('mira', { exact: true }).waitFor();
});

test('no tab has a barrier on a desk or a phone', async () => {
  const { server, hand, id } = await withAttempts();
  const waiting = await hand.submit('import', { dependsOn: [await hand.submit('report')] });
  const page = await openConsole(server, { path: `/jobs/${id}` });
  await page.getByRole('table', { name: 'Attempts' }).waitFor();
  await expectAccessible(page);
  for (const tab of ['Log', 'History', 'JSON']) {
    await page.getByRole('link', { name: tab, exact: true }).click();
    await page.locator('.log, .history, .json').first().waitFor();
    await expectAccessible(page);
  }
  await page.goto(`${server.url}/jobs/${waiting}`);
  await page.getByText('It waits for other jobs.').waitFor();
  await page.getByRole('button', { name: 'Run again…' }).click();
  await page.getByRole('textbox', { name: 'JSON' }).waitFor();
  await expectAccessible(page);
});

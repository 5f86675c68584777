import type { Page } from 'playwright-core';
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

describe('task types', () => {
  const row = (page: Page, type: string) => page.getByRole('row').filter({ hasText: type });

  test('show what runs, waits and failed, and that no worker asks', async () => {
    const { server, hand } = await started();
    const failing = await hand.submit('report', { maxAttempts: 1 });
    await hand.take('report');
    await hand.report(failing, { type: 'fail', message: 'no' });
    await hand.submit('report');
    await hand.take('report');
    await hand.submitMany('import', 3);
    const page = await openConsole(server, { path: '/types' });
    await row(page, 'report').getByText('1 / ∞').waitFor();
    await row(page, 'report').getByRole('img', { name: '1 ended, 1 failed' }).waitFor();
    await row(page, 'report').getByText(/Wait \d.* · \d.*s/).first().waitFor();
    expect(await row(page, 'report').getByRole('link', { name: '1', exact: true }).getAttribute('title'))
      .toBe('Failed tasks of report');
    await row(page, 'import').getByText('No worker asks for this type').waitFor();
    await row(page, 'import').getByRole('link', { name: '3', exact: true }).click();
    await page.waitForURL(`${server.url}/jobs?kind=task&status=pending&type=import`);
    await page.getByText('3 jobs', { exact: true }).waitFor();
  });

  test('say for how long no worker has asked', async () => {
    const { server, hand } = await started();
    await hand.submit('import');
    const page = await openConsole(server, { path: '/jobs' });
    // A test cannot wait for a minute, after which the server says so.
    await page.route('**/api/v1/stats', async (route) => {
      const answer = await (await route.fetch()).json();
      const askedAt = new Date(Date.now() - 245_000).toISOString();
      answer.data.unasked = [{ type: 'import', waiting: 1, askedAt }];
      await route.fulfill({ json: answer });
    });
    await page.getByRole('link', { name: 'Task types' }).click();
    await row(page, 'import').getByText('No worker has asked for this type for 4 min').waitFor();
  });

  test('have limits that are edited, and are paused and resumed', async () => {
    const { server, hand } = await started();
    await hand.submit('report');
    const page = await openConsole(server, { path: '/types' });
    await row(page, 'report').getByRole('button', { name: 'Limits' }).click();
    await page.getByLabel('At once', { exact: true }).fill('many');
    await page.getByLabel('Starts at most').fill('100');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('A number from 1 to 1,000,000.').first().waitFor();
    await page.getByLabel('At once', { exact: true }).fill('8');
    await page.getByLabel('Within (seconds)').fill('60');
    await page.getByLabel('Attempts at most').fill('5');
    await page.getByRole('button', { name: 'Save' }).click();
    await row(page, 'report').getByText('0 / 8').waitFor();
    const params = { type: 'report' };
    expect(await hand.client.getWorkType({ params })).toMatchObject({
      limits: { maxRunning: 8, rate: { count: 100, windowMs: 60_000 } }, defaults: { maxAttempts: 5 },
    });
    await row(page, 'report').getByRole('button', { name: 'Pause' }).click();
    await row(page, 'report').getByText('Paused').waitFor();
    expect(await hand.client.getWorkType({ params })).toMatchObject({ paused: true });
    await row(page, 'report').getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Resumed.').waitFor();
    expect(await hand.client.getWorkType({ params })).toMatchObject({ paused: false });
  });

  test('have keys that their tasks are found by, and what is wrong with one stands at the field', async () => {
    const { server, hand } = await started();
    const page = await openConsole(server, { path: '/types', expected: [/status of 400/] });
    await hand.submit('report');
    await row(page, 'report').getByRole('button', { name: 'Limits' }).click();
    await page.getByLabel('Found by').fill('sku, a..b');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('must be a key of the data').waitFor();
    expect(await page.getByLabel('Found by').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Found by').fill('sku, customer.id');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    const { searchable } = await hand.client.getWorkType({ params: { type: 'report' } });
    expect(searchable).toEqual(['sku', 'customer.id']);
  });

  test('say how to begin, and take limits for a type that has no task yet', async () => {
    const { server } = await started();
    const page = await openConsole(server, { path: '/types' });
    await page.getByRole('heading', { name: 'No task types yet' }).waitFor();
    await page.getByRole('button', { name: 'Set limits for a type…' }).click();
    await page.getByLabel('Type', { exact: true }).fill('resize');
    await page.getByLabel('At once', { exact: true }).fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await row(page, 'resize').getByText('0 / 2').waitFor();
  });
});

describe('commands', () => {
  test('are run by a form, whose log is shown next', async () => {
    const { server, hand } = await started();
    await hand.client.putSecret({ params: { name: 'npm-token' }, body: { value: 's3cret' } });
    const page = await openConsole(server, { path: '/commands' });
    await page.getByRole('heading', { name: 'No commands yet' }).waitFor();
    await page.getByLabel('Command', { exact: true }).fill('echo "$GREETING, ${#TOKEN}"; echo x > out.txt');
    await page.getByText('Image, environment, secrets, files').click();
    await page.getByText('Stored: npm-token').waitFor();
    await page.getByLabel('Environment').fill('no pair');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('This line is not NAME=value: no pair').waitFor();
    await page.getByLabel('Environment').fill('GREETING=hello');
    await page.getByLabel('Secrets').fill('TOKEN=npm-token');
    await page.getByLabel('Time limit (seconds)').fill('30');
    await page.getByLabel('Files to keep').fill('out.txt');
    await page.getByLabel('Name', { exact: true }).fill('greet');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('log').getByText('hello, 6').waitFor();
    const { jobs: [job] } = await hand.client.listJobs({ query: { kind: 'command', fields: 'outputs,secrets' } });
    expect(job).toMatchObject({
      name: 'greet', timeoutMs: 30_000, outputs: ['out.txt'], secrets: { TOKEN: 'npm-token' },
    });
    await page.getByRole('link', { name: 'Commands', exact: true }).click();
    await page.getByRole('table').getByRole('link', { name: 'greet' }).waitFor();
  });

  test('say when there is no provider', async () => {
    const { server, hand } = await started();
    const { providers } = await hand.client.listProviders();
    for (const { id } of providers) {
      await hand.client.disableProvider({ params: { id }, body: {} });
      await hand.client.deleteProvider({ params: { id } });
    }
    const page = await openConsole(server, { path: '/commands' });
    await page.getByText('There is no provider yet').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Providers' }).click();
    await page.getByText('waybill provider create').waitFor();
  });
});

test('a provider is tested, disabled, enabled and deleted', async () => {
  const { server, hand } = await started();
  const page = await openConsole(server, { path: '/providers' });
  const card = page.getByRole('article', { name: 'process' });
  await card.getByText('0 of').waitFor();
  await card.getByRole('button', { name: 'Test' }).click();
  await page.getByText('It answers.').waitFor();
  await card.getByText('Healthy').waitFor();
  await card.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog', { name: 'Disable process?' }).getByRole('button', { name: 'Disable' }).click();
  await card.getByText('Disabled').waitFor();
  await card.getByRole('button', { name: 'Enable' }).click();
  await page.getByText('It takes new commands.').waitFor();
  expect((await hand.client.listProviders()).providers).toMatchObject([{ status: 'ACTIVE' }]);
  await hand.client.disableProvider({ params: { id: 'process' }, body: {} });
  await page.reload();
  await card.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog', { name: 'Delete process?' }).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'No providers yet' }).waitFor();
});

describe('workers', () => {
  test('are shown with what they have, and say how to start one', async () => {
    const { server, hand } = await started();
    const page = await openConsole(server, { path: '/workers' });
    await page.getByRole('heading', { name: 'No worker asks for jobs' }).waitFor();
    const id = await hand.submit('report');
    await hand.take('report');
    await page.reload();
    const row = page.getByRole('row').filter({ hasText: 'hand-1' });
    await row.getByRole('link', { name: 'report' }).click();
    await page.waitForURL(`${server.url}/jobs/${id}`);
  });

  test('of a provider are ended', async () => {
    const { server, hand } = await started();
    const { id } = await hand.client.submitCommand({ body: { command: 'sleep 30' } });
    const status = async () => (await hand.client.getJob({ params: { id } })).status;
    await expect.poll(status, { timeout: 60_000 }).toBe('RUNNING');
    const page = await openConsole(server, { path: '/workers' });
    const row = page.getByRole('table', { name: 'Workers that providers started' }).locator('tbody tr');
    await row.getByText('Busy').waitFor();
    expect(await row.getByRole('link').getAttribute('href')).toBe(`/jobs/${id}`);
    await row.getByRole('button', { name: 'End' }).click();
    await page.getByRole('dialog', { name: 'End this worker?' }).getByRole('button', { name: 'End' }).click();
    await page.getByText('It is being ended.').waitFor();
    await expect.poll(async () => {
      const { workers } = await hand.client.listFleetWorkers({ query: { job: id } });
      return workers[0]?.state;
    }, { timeout: 60_000 }).toMatch(/DRAINING|TERMINATED/);
    await hand.client.call('cancelJob', { params: { id } });
  });
});

test('no page has a barrier on a desk or a phone', async () => {
  const { server, hand } = await started();
  await hand.submitMany('import', 2);
  await hand.submit('report');
  await hand.take('report');
  await hand.client.pauseWorkType({ params: { type: 'import' } });
  await hand.client.submitCommand({ body: { command: 'sleep 20' } });
  const page = await openConsole(server, { path: '/types' });
  await page.getByText('Paused').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Limits' }).first().click();
  await page.getByLabel('Attempts at most').waitFor();
  await expectAccessible(page);
  await page.goto(`${server.url}/commands`);
  await page.getByText('Image, environment, secrets, files').click();
  await page.getByRole('table').waitFor();
  await expectAccessible(page);
  await page.goto(`${server.url}/providers`);
  await page.getByRole('article').waitFor();
  await expectAccessible(page);
  await page.goto(`${server.url}/workers`);
  await page.getByRole('row').filter({ hasText: 'hand-1' }).waitFor();
  await expectAccessible(page);
});

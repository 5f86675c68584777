import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request } from '../contract/user.ts';
import { run } from '../cli/program.ts';
import { openTestServer, startTestServer, type StartedServer } from './server.ts';
import { Hand } from '../console/worker.ts';

let server: StartedServer & { remove(): Promise<void> };
beforeAll(async () => void (server = await openTestServer()));
afterAll(() => server.remove());

async function types(at: { readonly url: string }, query = '', who = 'op'): Promise<any> {
  const headers = { authorization: `Bearer ${who}` };
  return (await request(`${at.url}/api/jobs/stats/types${query}`, 'GET', undefined, headers)).body.data.types;
}

describe('the statistics of types', () => {
  test('say how many ended and failed within a day, and how long they waited and ran', async () => {
    const hand = new Hand(server);
    for (let at = 0; at < 10; at++) {
      const id = await hand.submit('report', { maxAttempts: 1 });
      await hand.take('report');
      await hand.report(id, at < 3 ? { type: 'fail', message: 'no' } : { type: 'complete', result: null });
    }
    await hand.client.cancelJob({ params: { id: await hand.submit('import') } });
    const ofTasks = () => types(server, '?kind=task');
    await expect.poll(ofTasks, { timeout: 15_000 }).toHaveLength(2);
    await expect.poll(async () => (await ofTasks()).map((one: any) => one.ended), { timeout: 15_000 }).toEqual([1, 10]);
    const [imported, report] = await ofTasks();
    expect(report).toMatchObject({ kind: 'task', type: 'report', ended: 10, failed: 3 });
    expect(imported).toMatchObject({ ended: 1, failed: 0, waitMs: null, runMs: null });
    for (const { p50, p95 } of [report.waitMs, report.runMs]) {
      expect([p50 > 0, p95 >= p50, p95 < 10_000]).toEqual([true, true, true]);
    }
    expect(report.hours).toHaveLength(24);
    const sum = report.hours.reduce((all: number, { failed }: { failed: number }) => all + failed, 0);
    expect(sum).toBe(3);
    const shown = await run(['job', 'stats', '--types', '--server', server.url, '--token', 'op'], {});
    expect(shown.stdout).toMatch(/^KIND +TYPE +ENDED +FAILED .*\n[^]*task +report +10 +3 +\S+ s \/ \S+ s /);
  });

  test('are for operators, and empty of kinds that there are not', async () => {
    const headers = { authorization: 'Bearer mira' };
    const token = await request(`${server.url}/api/tokens`, 'POST', { name: 'eve', userId: 'eve', roles: ['user'] }, {
      authorization: 'Bearer admin',
    });
    const asUser = { authorization: `Bearer ${token.body.data.key}` };
    expect((await request(`${server.url}/api/jobs/stats/types`, 'GET', undefined, asUser)).status).toBe(403);
    expect((await request(`${server.url}/api/jobs/stats`, 'GET', undefined, headers)).status).toBe(200);
    expect(await types(server, '?kind=nothing')).toEqual([]);
  });

  test('are there again after a restart, and have what was counted until it', async () => {
    const first = await startTestServer();
    const hand = new Hand(first);
    const id = await hand.submit('report');
    await hand.take('report');
    await hand.report(id, { type: 'complete', result: null });
    await first.close();
    const second = await startTestServer({ WAYBILL_DATA: first.folder });
    const again = new Hand(second);
    const other = await again.submit('report');
    await again.take('report');
    await again.report(other, { type: 'complete', result: null });
    await expect.poll(async () => (await types(second))[0]?.ended, { timeout: 15_000 }).toBe(2);
  });
});

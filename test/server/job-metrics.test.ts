import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newUser } from '../contract/user.ts';
import type { Target } from '../contract/target-types.ts';
import { Hand } from '../console/worker.ts';
import { openTestServer, type StartedServer } from './server.ts';

let server: StartedServer & { remove(): Promise<void> };
let text = '';

/** All that the sentences below are about, before one look at what it left. */
beforeAll(async () => {
  server = await openTestServer();
  const hand = new Hand(server);
  for (let at = 0; at < 3; at++) {
    const id = await hand.submit('import', { maxAttempts: 2 });
    await hand.take('import');
    if (at === 0) await hand.report(id, { type: 'cost', microUsd: 1_500 });
    await hand.report(id, at < 2 ? { type: 'complete', result: null } : { type: 'fail', message: 'no', retry: false });
  }
  const again = await hand.submit('import');
  await hand.take('import');
  await hand.report(again, { type: 'fail', message: 'no', retryAfterMs: 3_600_000 });
  await hand.client.cancelJob({ params: { id: await hand.submit('export') } });
  const given = await hand.submit('export');
  await hand.take('export');
  await hand.report(given, { type: 'release' });
  await hand.submit('export', { runAt: new Date(Date.now() + 3_600_000).toISOString() });
  const lost = await hand.submit('lost', { maxAttempts: 1 });
  await hand.client.takeTasks({
    body: { workerId: 'silent', types: ['lost'], limit: 1, leaseMs: 1_000, waitMs: 5_000 },
  });
  await vi.waitFor(async () => {
    expect((await hand.client.getTask({ params: { id: lost } })).status).toBe('failed');
  }, { timeout: 20_000, interval: 100 });
  const owner = newUser({ url: server.url } as Target);
  await owner.post('/api/jobs', { preset: 'seller', itemCount: 2 });
  const headers = { authorization: 'Bearer mira' };
  const stream = await fetch(`${server.url}/api/v1/jobs/${given}/events`, { headers });
  text = await (await fetch(`${server.url}/metrics`)).text();
  await stream.body?.cancel();
});
afterAll(() => server.remove());

function value(series: string): number | null {
  const at = text.indexOf(`\n${series} `);
  return at === -1 ? null : Number(text.slice(at + series.length + 2).split('\n', 1)[0]);
}

describe('the metrics of a server', () => {
  test('count the jobs that ended, by outcome', () => {
    const ended = (type: string, outcome: string): number | null =>
      value(`waybill_jobs_ended_total{kind="task",type="${type}",outcome="${outcome}"}`);
    expect([ended('import', 'succeeded'), ended('import', 'failed'), ended('export', 'canceled')]).toEqual([2, 1, 1]);
    expect([ended('lost', 'failed'), ended('export', 'succeeded')]).toEqual([1, null]);
  });

  test('have how long those waited and ran that were started', () => {
    const labels = 'kind="task",type="import"';
    expect(value(`waybill_job_wait_seconds_count{${labels}}`)).toBe(3);
    expect(value(`waybill_job_wait_seconds_bucket{${labels},le="+Inf"}`)).toBe(3);
    expect(value(`waybill_job_run_seconds_count{${labels},outcome="succeeded"}`)).toBe(2);
    expect(value(`waybill_job_run_seconds_sum{${labels},outcome="succeeded"}`)).toBeGreaterThan(0);
    expect(value('waybill_job_wait_seconds_count{kind="task",type="export"}')).toBeNull();
  });

  test('count attempts, those not that were given back, and leases that were lost', () => {
    const attempts = (type: string, outcome: string): number | null =>
      value(`waybill_attempts_total{type="${type}",outcome="${outcome}"}`);
    expect([attempts('import', 'succeeded'), attempts('import', 'failed')]).toEqual([2, 2]);
    expect([attempts('export', 'failed'), attempts('lost', 'failed')]).toEqual([null, 1]);
    expect(value('waybill_leases_lost_total{type="lost"}')).toBe(1);
  });

  test('add up costs and credits', () => {
    expect(value('waybill_cost_micro_usd_total{kind="task",type="import"}')).toBe(1_500);
    expect(value('waybill_credits_moved_total{type="reserve"}')).toBe(2);
    expect([value('waybill_credits{bucket="granted"}'), value('waybill_credits{bucket="reserved"}')]).toEqual([10, 2]);
  });

  test('say what waits, where, and for how long', () => {
    const waiting = (place: string): number | null => value(`waybill_tasks_waiting{type="export",place="${place}"}`);
    expect([waiting('ready'), waiting('scheduled'), waiting('blocked')]).toEqual([1, 1, null]);
    expect(value('waybill_tasks_waiting{type="import",place="scheduled"}')).toBe(1);
    expect(value('waybill_oldest_waiting_seconds{kind="task",type="export"}')).toBeGreaterThan(0);
    expect(value('waybill_oldest_waiting_seconds{kind="task",type="import"}')).toBeNull();
    expect([value('waybill_outbox_oldest_seconds'), value('waybill_schedule_lag_seconds')]).toEqual([0, 0]);
  });

  test('say who is there', () => {
    expect(value('waybill_workers{type="import"}')).toBe(1);
    expect(value('waybill_workers{type="lost"}')).toBe(1);
    expect(value('waybill_event_streams')).toBe(1);
    expect(value('waybill_store_bytes')).toBeGreaterThan(10_000);
    expect(text).toMatch(/^waybill_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
  });
});

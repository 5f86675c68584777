import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { newUser } from '../contract/user.ts';
import type { Target } from '../contract/target-types.ts';
import { Hand } from '../console/worker.ts';
import { startReceiver } from '../services/webhook-receiver.ts';
import { problemsOf, Series } from './queries.ts';
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
  const hooks = await startReceiver((response, number) => response.writeHead(number === 1 ? 500 : 204).end());
  for (const type of ['told', 'told']) {
    const id = await hand.submit(type, { webhookUrl: hooks.url });
    await hand.take(type);
    await hand.report(id, { type: 'complete', result: null });
  }
  await hooks.came(2);
  await hooks.close();
  const owner = newUser({ url: server.url } as Target);
  await owner.post('/api/jobs', { preset: 'seller', itemCount: 2 });
  const headers = { authorization: 'Bearer mira' };
  const stream = await fetch(`${server.url}/api/v1/jobs/${given}/events`, { headers });
  await vi.waitFor(async () => {
    text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text.match(/^waybill_webhook_attempts_total/gm)).toHaveLength(2);
  }, { timeout: 20_000, interval: 500 });
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

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

describe('the dashboard', () => {
  const { panels, templating } = JSON.parse(read('deploy/grafana/waybill.json')) as {
    panels: Panel[]; templating: { list: { name: string; query: string | { query: string } }[] };
  };
  const queries = panels.flatMap(({ title, targets = [] }) => targets.map((target) => [title, target] as const));
  const written = (expr: string): string =>
    expr.replaceAll('$__rate_interval', '5m').replace(/\$(kind|type|job)\b/g, '.*');

  test.each(queries)('has series for %s', (_, { expr, legendFormat }) => {
    expect(written(expr)).not.toContain('$');
    expect(problemsOf(written(expr), new Series(text))).toEqual([]);
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      expect(expr.includes(label) || label === 'instance', `${label} in ${expr}`).toBe(true);
    }
  });

  test('has the variables that its queries have', () => {
    const used = new Set(queries.flatMap(([, { expr }]) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name)));
    used.delete('__rate_interval');
    expect([...used, 'datasource'].sort()).toEqual(templating.list.map(({ name }) => name).sort());
    const series = new Series(text);
    for (const { query } of templating.list) {
      if (typeof query === 'string') continue;
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(query.query) ?? [];
      expect([...series.labelsOf(metric), 'job']).toContain(label);
    }
  });
});

describe('the alerts', () => {
  const { groups } = parse(read('deploy/prometheus/alerts.yaml')) as {
    groups: { rules: { alert: string; expr: string; labels: object; annotations: { summary: string } }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  const guide = read('docs/guides/telemetry.md');

  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s has series, and is in the guide', (alert, rule) => {
    // A metric of what does not happen here has no series with such a label.
    const expr = rule.expr.replace('status=~"5.."', 'status=~"..."');
    expect(problemsOf(expr, new Series(text))).toEqual([]);
    expect(guide).toMatch(new RegExp(`^\\| \`${alert}\` \\| \\S`, 'm'));
    for (const [, label = ''] of rule.annotations.summary.matchAll(/\$labels\.(\w+)/g)) {
      expect(rule.expr, alert).toContain(label);
    }
  });
});

test('a query that no series answers is found out', () => {
  const series = new Series('waybill_jobs{kind="task",state="pending"} 1');
  expect(problemsOf('sum by (kind) (waybill_jobs{state="pending"})', series)).toEqual([]);
  for (const query of [
    'sum by (type) (waybill_jobs)', 'waybill_job', 'waybill_jobs{state="gone"}', 'waybill_jobs{type="a"}', 'sum(', '1',
  ]) expect(problemsOf(query, series), query).not.toEqual([]);
});

describe('the guide', () => {
  const rows = [...read('docs/guides/telemetry.md').matchAll(/^\| `(waybill_\w+)` \| (\w+) \|([\w, ]*)\|/gm)];

  test('has every metric with its sort and its labels', () => {
    const served = [...text.matchAll(/^# TYPE (waybill_\w+) (\w+)$/gm)].map(([, name, sort]) => `${name} ${sort}`);
    expect(rows.map(([, name, sort]) => `${name} ${sort}`).sort()).toEqual(served.sort());
    const series = new Series(text);
    for (const [, name = '', sort, labels = ''] of rows) {
      const found = series.labelsOf(sort === 'histogram' ? `${name}_count` : name);
      if (found.size > 0) expect([name, [...found].sort()]).toEqual([name, labels.trim().split(', ').sort()]);
    }
  });
});

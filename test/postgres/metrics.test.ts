import { expect, it } from 'vitest';
import { newUser } from '../contract/user.ts';
import type { Target } from '../contract/target-types.ts';
import { Hand } from '../console/worker.ts';
import { startTestServer } from '../server/server.ts';
import { newDatabase } from './database.ts';

async function metricsOf({ url }: { readonly url: string }): Promise<Map<string, string>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map([...text.matchAll(/^(waybill_\S+) (\S+)$/gm)].map(([, series = '', value = '']) => [series, value]));
}

it('servers that share a database count what each of them ended, and say the same of the rest', async () => {
  const { url: DATABASE_URL } = await newDatabase();
  const [one, other] = await Promise.all([startTestServer({ DATABASE_URL }), startTestServer({ DATABASE_URL })]);
  const [here, there] = [new Hand(one), new Hand(other, 'mira', 'hand-2')];
  for (let at = 0; at < 3; at++) {
    const id = await here.submit('import');
    await there.take('import');
    await there.report(id, { type: 'complete', result: null });
  }
  await here.submit('import', { priority: 7 });
  await here.submit('export', { dependsOn: [await here.submit('import')] });
  await newUser({ url: one.url } as Target).post('/api/jobs', { preset: 'seller', itemCount: 2 });
  const [first, second] = await Promise.all([metricsOf(one), metricsOf(other)]);
  const ended = 'waybill_jobs_ended_total{kind="task",type="import",outcome="succeeded"}';
  expect([first.get(ended), second.get(ended)]).toEqual([undefined, '3']);
  expect(second.get('waybill_job_run_seconds_count{kind="task",type="import",outcome="succeeded"}')).toBe('3');
  expect(first.get('waybill_credits_moved_total{type="reserve"}')).toBe('2');
  const shared = {
    'waybill_tasks_waiting{type="import",place="ready"}': '2',
    'waybill_tasks_waiting{type="export",place="blocked"}': '1',
    'waybill_credits{bucket="reserved"}': '2', 'waybill_credits{bucket="granted"}': '10',
    'waybill_workers{type="import"}': '1', 'waybill_jobs{kind="task",state="completed"}': '3',
  };
  for (const [series, value] of Object.entries(shared)) {
    expect([series, first.get(series), second.get(series)]).toEqual([series, value, value]);
  }
  for (const seen of [first, second]) {
    expect(Number(seen.get('waybill_oldest_waiting_seconds{kind="task",type="import"}'))).toBeGreaterThan(0);
    expect(Number(seen.get('waybill_store_bytes'))).toBeGreaterThan(1_000_000);
  }
}, 60_000);

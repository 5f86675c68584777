/**
 * Tasks that another program stores within its own PostgreSQL transactions.
 *
 *   node bench/requests.ts
 *
 * On a PostgreSQL of its own with the disk's durability: how long after the commit a handler begins, one at a time and
 * with 8 callers at once; how many a second become tasks when many are there; and what a caller's transaction takes
 * with and without the notification.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import * as z from 'zod';
import { defineTask, Waybill } from '../src/main/embedded/index.ts';
import { startEmbedded } from '../test/postgres/embedded.ts';

const postgres = await startEmbedded();
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const begun = new Map<string, number>();
const noop = defineTask({ type: 'noop', input: z.object({ n: z.number() }) });
const tasks = [noop.handle(({ id }) => void begun.set(id, performance.now()))];
const waybill = await Waybill.open({ dataDir: folder, databaseUrl: postgres.url, tasks, concurrency: 50 });
const pool = new pg.Pool({ connectionString: postgres.url, max: 8 });
pool.on('error', () => {});

/** Milliseconds from the answer to COMMIT until the handler begins. */
async function latency(callers: number, each: number, pauseMs: number): Promise<void> {
  const committed = new Map<string, number>();
  await Promise.all(Array.from({ length: callers }, async () => {
    const client = await pool.connect();
    for (let n = 0; n < each; n += 1) {
      const enqueued = await waybill.enqueue(noop, { n });
      await client.query('BEGIN');
      await client.query(enqueued);
      await client.query('COMMIT');
      committed.set(enqueued.id, performance.now());
      await sleep(pauseMs * (0.5 + Math.random()));
    }
    client.release();
  }));
  while (![...committed.keys()].every((id) => begun.has(id))) await sleep(20);
  const all = [...committed].map(([id, at]) => Math.max(0, begun.get(id)! - at)).sort((a, b) => a - b);
  const at = (share: number): string => all[Math.floor((all.length - 1) * share)]!.toFixed(1);
  console.log(`${callers} at once: begins after p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (${all.length})`);
}

async function rate(count: number): Promise<void> {
  const startedAt = performance.now();
  await pool.query(
    `INSERT INTO job_requests (owner_id, body)
      SELECT 'owner-' || n % 20, json_build_object('type', 'later', 'data', n) FROM generate_series(1, $1::int) AS n`,
    [count],
  );
  const insertedAt = performance.now();
  for (;;) {
    const { rows } = await pool.query('SELECT 1 FROM job_requests LIMIT 1');
    if (rows.length === 0) break;
    await sleep(50);
  }
  const seconds = (performance.now() - insertedAt) / 1_000;
  const inserting = ((insertedAt - startedAt) / 1_000).toFixed(2);
  console.log(`${count} in one INSERT (${inserting} s): ${Math.round(count / seconds)} a second become tasks`);
}

/** Transactions a second of 8 callers that each insert one request. */
async function callers(label: string): Promise<void> {
  const until = performance.now() + 5_000;
  let count = 0;
  await Promise.all(Array.from({ length: 8 }, async () => {
    const client = await pool.connect();
    while (performance.now() < until) {
      await client.query("INSERT INTO job_requests (owner_id, body) VALUES ('mira', '{\"type\":\"later\"}')");
      count += 1;
    }
    client.release();
  }));
  console.log(`8 callers ${label}: ${Math.round(count / 5)} transactions a second`);
}

await latency(1, 20, 5);
await latency(1, 200, 20);
await latency(8, 100, 40);
await rate(20_000);
await rate(20_000);
await waybill.close();
for (const turn of [1, 2]) {
  await pool.query('ALTER TABLE job_requests ENABLE TRIGGER job_requests_told');
  await callers(`with the notification, ${turn}`);
  await pool.query('ALTER TABLE job_requests DISABLE TRIGGER job_requests_told');
  await callers(`without it, ${turn}`);
}
await pool.end();
await postgres.remove();
rmSync(folder, { recursive: true, force: true });

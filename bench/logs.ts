/**
 * What logs cost a store: lines appended, bytes that a line takes, and pages deep in a log that was sealed.
 *
 *   node bench/logs.ts [lines]      1,000,000 unless said; takes about a minute
 *
 * The store is SQLite in a temporary folder, or the one that DATABASE_URL names; `--embedded` starts a PostgreSQL
 * server with its usual, durable settings. Objects are files. One writer, which waits for each answer.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { encodeLine, packLines, type EncodedChunk } from '../src/application/logs/chunk-codec.ts';
import { readLogPage } from '../src/application/logs/log-page.ts';
import { LogReader } from '../src/application/logs/log-reader.ts';
import { sealLog } from '../src/application/logs/seal.ts';
import type { LogLine } from '../src/domain/log-line.ts';
import { nodeGzip } from '../src/main/node/gzip.ts';
import { systemClock, createIds } from '../src/main/node/world.ts';
import { createFilesystemObjects } from '../src/objects/filesystem/index.ts';
import { end, again } from '../src/testing/store-suite/sealed-logs.ts';
import { working } from '../src/testing/store-suite/logs.ts';
import { startEmbedded } from '../test/postgres/embedded.ts';
import { histogram, machine } from './lifecycles/measure.ts';
import { openMeasuredStore } from './open-store.ts';

const total = Number(process.argv.slice(2).find((arg) => /^\d+$/.test(arg)) ?? 1_000_000);
const kept = { keepLines: 2 * total, keepBytes: 1024 ** 3, minObjectBytes: 0 };
const keep = { lines: kept.keepLines, bytes: kept.keepBytes };

/** About 80 characters, as programs write them. */
function line(number: number): LogLine {
  const random = Math.random().toString(36).slice(2);
  const what = `worker ${number % 7} processed record ${random} in ${number % 100} ms`;
  const text = `2026-11-28T20:00:${number % 60} INFO ${what}`;
  return { at: 1_764_000_000_000 + number, stream: 'out', text, attempt: 1 };
}

async function chunksOf(lines: number, linesOfChunk: number): Promise<readonly EncodedChunk[]> {
  const chunks: EncodedChunk[] = [];
  for (let from = 0; from < lines; from += linesOfChunk) {
    const some = Array.from({ length: Math.min(linesOfChunk, lines - from) }, (_, index) => line(from + index));
    chunks.push(...(await packLines(nodeGzip, some.map(encodeLine))));
  }
  return chunks;
}

const embedded = process.argv.includes('--embedded') ? await startEmbedded() : null;
if (embedded !== null) process.env['DATABASE_URL'] = embedded.url;
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const store = await openMeasuredStore(folder);
const objects = createFilesystemObjects({
  folder: join(folder, 'objects'), publicUrl: 'http://localhost', secret: 'x'.repeat(32), clock: systemClock,
});
const deps = { store, objects, gzip: nodeGzip, clock: systemClock, ids: createIds(systemClock) };

console.log(machine());
try {
  let lease = await working(store);
  for (const linesOfChunk of [20, 1_000, 2_500]) {
    const lines = Math.min(total, linesOfChunk * 2_000);
    const chunks = await chunksOf(lines, linesOfChunk);
    const bytes = chunks.reduce((sum, { body }) => sum + body.byteLength, 0);
    const began = performance.now();
    let firstLine = 1;
    for (const chunk of chunks) {
      const { outcome } = await store.logs.append(lease, { firstLine, ...chunk }, keep);
      if (outcome !== 'stored') throw new Error(outcome);
      firstLine += chunk.lineCount;
    }
    const seconds = (performance.now() - began) / 1_000;
    const rates = `${Math.round(lines / seconds)} lines/s, ${Math.round(chunks.length / seconds)} chunks/s`;
    console.log(`${store.name}, ${linesOfChunk} lines a chunk: ${rates}, ${(bytes / lines).toFixed(1)} bytes/line`);
    await end(store, lease);
    lease = linesOfChunk === 2_500 ? lease : await again(store, lease);
  }
  await measureSealed(lease.jobId);
} finally {
  await store.close();
  await embedded?.remove();
  rmSync(folder, { recursive: true, force: true });
}

async function measureSealed(jobId: string): Promise<void> {
  const packing = performance.now();
  await chunksOf(100_000, 2_500);
  const packed = Math.round(100_000 / ((performance.now() - packing) / 1_000));
  console.log(`made and packed by the writer: ${packed} lines/s`);
  console.log(`in tables before it is sealed: ${await tableBytes()} bytes`);
  const [log] = await store.logs.unsealed({ jobIds: [jobId], limit: 1 });
  if (log === undefined) throw new Error('there is nothing to seal');
  const began = performance.now();
  await sealLog(deps, log, kept, null);
  const sealed = await store.logs.read(jobId, { fromLine: 1, maxBytes: 1 });
  const { bytes = 0, parts = [] } = sealed?.file ?? {};
  const took = `${((performance.now() - began) / 1_000).toFixed(1)} s`;
  console.log(`sealed ${log.lastLine} lines in ${took}: ${bytes} bytes in ${parts.length} parts`);
  const reader = new LogReader(deps);
  for (const limit of [100, 1_000]) {
    const latency = histogram();
    for (let sample = 0; sample < 200; sample++) {
      const after = Math.floor(Math.random() * (log.lastLine - limit));
      const page = await latency.time(() => readLogPage(deps, reader, jobId, { after, limit }, kept));
      if (page.lines.length !== limit) throw new Error(`a page has ${page.lines.length} lines`);
    }
    console.log(`page of ${limit} anywhere: p50 ${latency.p(50)}, p99 ${latency.p(99)}`);
  }
}

async function tableBytes(): Promise<number> {
  if (process.env['DATABASE_URL'] === undefined) {
    return ['waybill.sqlite', 'waybill.sqlite-wal'].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  }
  const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
  const { rows } = await client.query("SELECT pg_total_relation_size('log_chunks') AS bytes");
  await client.end();
  return Number(rows[0].bytes);
}

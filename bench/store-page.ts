/**
 * What a page of 50 jobs costs a store when there are a million.
 *
 *   node bench/store-page.ts [jobs]      1,000,000 unless said; takes about a minute and 1 GB in the temporary folder
 *
 * The store is SQLite there, or the one that DATABASE_URL names, which has to be empty.
 *
 * Two databases: one in which a single user owns all jobs, and one in which 2,000 users share them. One job in ten
 * thousand is queued and one in a hundred thousand uploaded, so that filters look for rare ones too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobFilter, Store } from '../src/ports/store/store.ts';
import { histogram, machine } from './lifecycles/measure.ts';
import { fillWithJobs } from './many-jobs.ts';
import { openMeasuredStore } from './open-store.ts';

const total = Number(process.argv[2] ?? 1_000_000);
const samples = 1_000;
const limit = 50;

async function measure(title: string, users: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const store = await openMeasuredStore(folder);
  try {
    const began = performance.now();
    const ids = await fillWithJobs(store, { total, users });
    console.log(`\n${title} (filled in ${((performance.now() - began) / 1_000).toFixed(0)} s)`);
    console.log(row(['', 'p50', 'p99', 'max', 'jobs']));
    for (const query of queries) await page(store, ids, query);
    await counts(store);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Query = readonly [name: string, filter: Omit<JobFilter, 'limit'>, deep: boolean];

/** "user-0" is the one user, or one of the many. */
const mine = [{ kind: 'image-set', ownerId: 'user-0' }];
const everybody = [{ kind: 'image-set', ownerId: null }];
const queries: readonly Query[] = [
  ['first page', { scopes: mine }, false],
  ['deep page', { scopes: mine }, true],
  ['done, deep', { scopes: mine, state: 'done' }, true],
  ['failed, deep', { scopes: mine, phase: 'failed' }, true],
  ['waiting (three states)', { scopes: mine, phase: 'waiting' }, false],
  ['queued (1 in 10,000)', { scopes: mine, state: 'queued' }, true],
  ['uploaded (1 in 100,000)', { scopes: mine, state: 'uploaded' }, true],
  ['kind and phase, deep', { scopes: mine, phase: 'canceled' }, true],
  ['every user, deep', { scopes: everybody }, true],
  ['every user, failed, deep', { scopes: everybody, state: 'failed' }, true],
  ['every user, uploaded', { scopes: everybody, state: 'uploaded' }, false],
];

async function page(store: Store, ids: readonly string[], [name, filter, deep]: Query): Promise<void> {
  const latency = histogram();
  let found = 0;
  for (let sample = 0; sample < samples; sample++) {
    const cursor = deep ? { before: ids[Math.floor(Math.random() * ids.length)] ?? '' } : {};
    found += (await latency.time(() => store.jobs.list({ ...filter, ...cursor, limit }))).length;
  }
  console.log(row([name, latency.p(50), latency.p(99), latency.p(100), (found / samples).toFixed(1)]));
}

async function counts(store: Store): Promise<void> {
  const latency = histogram();
  for (let sample = 0; sample < samples; sample++) await latency.time(() => store.jobs.counts());
  console.log(row(['counts by kind and state', latency.p(50), latency.p(99), latency.p(100), '']));
}

function row([name, ...numbers]: readonly [string, ...string[]]): string {
  return `  ${name.padEnd(26)}${numbers.map((number) => number.padStart(9)).join('')}`;
}

console.log(`${machine()}; ${total.toLocaleString('en')} jobs, pages of ${limit}, ${samples} pages each, milliseconds`);
await measure('one user owns all', 1);
await measure('2,000 users', 2_000);

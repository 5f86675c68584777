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
import type { Job } from '../src/domain/job/job.ts';
import type { Phase } from '../src/domain/lifecycle.ts';
import type { JobFilter, Store } from '../src/ports/store/store.ts';
import { nothing } from '../src/testing/store-suite/bookkeeper.ts';
import { histogram, machine } from './lifecycles/measure.ts';
import { openMeasuredStore } from './open-store.ts';

const total = Number(process.argv[2] ?? 1_000_000);
const samples = 1_000;
const limit = 50;
const since = Date.UTC(2026, 0, 1);
const msBetweenJobs = 20_000;

async function measure(title: string, users: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const store = await openMeasuredStore(folder);
  try {
    const began = performance.now();
    const ids = await fill(store, users);
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

async function fill(store: Store, users: number): Promise<string[]> {
  const ids: string[] = [];
  const perCommit = 1_000;
  for (let n = 0; n < total; ) {
    const jobs: Job[] = [];
    for (; jobs.length < perCommit && n < total; n++) jobs.push(jobOf(n, users));
    ids.push(...jobs.map(({ id }) => id));
    const changes = jobs.map((job) => ({ job, before: null, expectedVersion: 0, newItems: [] }));
    const result = await store.commit({ ...nothing, jobs: changes });
    if (!result.ok) throw new Error(`conflicts: ${result.conflicts.join()}`);
  }
  return ids;
}

function jobOf(n: number, users: number): Job {
  const { state, phase } = sortOf(n);
  const createdAt = since + n * msBetweenJobs;
  const time = createdAt.toString(16).padStart(12, '0');
  // Spread over the users without a pattern that the other choices share.
  const owner = Math.floor(n * 0.618_033_988_749) % users;
  const open = phase === 'waiting' || phase === 'active';
  return {
    id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${crypto.randomUUID().slice(24)}`,
    kind: 'image-set',
    type: '',
    ownerId: `user-${owner}`,
    state,
    phase,
    version: 8,
    createdAt,
    updatedAt: createdAt + 60_000,
    startedAt: open ? null : createdAt + 30_000,
    endedAt: open ? null : createdAt + 60_000,
    deadlineAt: open ? createdAt + 3_600_000 : null,
    traceparent: null,
    attempt: 0,
    costMicroUsd: 0,
    labels: {},
    parentId: null,
    lease: null,
    input: null,
    fields: {
      preset: 'seller', itemCount: 3, total: 3, done: 3, failed: 0, ruleId: null, outputTemplate: null,
      concepts: { background: { action: 'recolor', value: '#ffffff' } }, protect: ['person', 'face'], keys: [],
      cancelReason: null,
    },
    items: new Map(),
  };
}

function sortOf(n: number): { readonly state: string; readonly phase: Phase } {
  if (n % 100_000 === 77) return { state: 'uploaded', phase: 'waiting' };
  if (n % 10_000 === 55) return { state: 'queued', phase: 'waiting' };
  if (n % 5_000 === 33) return { state: 'running', phase: 'active' };
  if (n % 20 === 7) return { state: 'failed', phase: 'failed' };
  if (n % 100 === 9) return { state: 'canceled', phase: 'canceled' };
  return { state: 'done', phase: 'succeeded' };
}

console.log(`${machine()}; ${total.toLocaleString('en')} jobs, pages of ${limit}, ${samples} pages each, milliseconds`);
await measure('one user owns all', 1);
await measure('2,000 users', 2_000);

/**
 * What tasks cost when many are stored: a filtered page, a task with its events, the feed, the stats and a claim with a
 * thousand tasks in the table, and with `--tasks` of them (1,000,000), 10 types, one in a hundred of them pending; and
 * a claim while workers have `--held` of them (5,000).
 *
 *   node bench/tasks-stored.ts [--tasks=1000000] [--held=5000]
 *
 * On SQLite in a temporary folder, or on what DATABASE_URL names (an empty database).
 */
import { parseArgs } from 'node:util';
import { task } from '../src/kinds/task/domain/kind.ts';
import type { Job, JobEvent, RecordedEvent } from '../src/domain/job/job.ts';
import type { TaskFields, TaskInput } from '../src/kinds/task/domain/types.ts';
import type { Commit } from '../src/ports/store/commit.ts';
import { histogram, machine, type Histogram } from './lifecycles/measure.ts';
import { must, openPlatform, type BenchPlatform } from './tasks/platform.ts';

const { values } = parseArgs({
  options: { tasks: { type: 'string', default: '1000000' }, held: { type: 'string', default: '5000' } },
});
const total = Number(values.tasks);
const samples = 300;
const msBetween = 50;
const since = Date.now() - total * msBetween;

const nothing: Commit = {
  jobs: [], accounts: [], reservations: [], records: [], ledger: [], idempotency: [], released: [], work: [],
  events: [], outbox: [], history: [], objects: [],
};

const bench = await openPlatform(process.env['DATABASE_URL'] ?? null);
console.log(`${machine()}; ${bench.store.name}`);
await fill(bench, 0, 1_000);
const few = await measure(bench);
await fill(bench, 1_000, total);
const many = await measure(bench);
for (const [name, before] of few) {
  const after = many.get(name) ?? histogram();
  const ratio = Number(after.p(50)) / Number(before.p(50));
  const both = `p50 ${before.p(50)} → ${after.p(50)} ms, p99 ${before.p(99)} → ${after.p(99)} ms`;
  console.log(`  ${name.padEnd(34)} ${both}, ${ratio.toFixed(2)} times`);
}
console.log(`  claim of one while ${values.held} are held: ${await claimBehind(bench, Number(values.held))}`);
await bench.close();

async function measure({ platform, context, store }: BenchPlatform): Promise<ReadonlyMap<string, Histogram>> {
  const { tasks, work } = platform.kinds.task;
  const operator = { ...context, caller: { userId: 'admin', roles: ['user', 'operator', 'admin'] as const } };
  const done = { status: 'completed' };
  const everybody = [{ kind: task.name, ownerId: null }];
  const middle = (await store.feed?.read(null, { limit: 1_000, maxBytes: 1_048_576 }))?.[500]?.position ?? null;
  const asked: [string, () => Promise<unknown>][] = [
    ['page by status and type', () => tasks.list(operator, { ...done, type: 'type-3', limit: 50 }).then(must)],
    ['page by status', () => tasks.list(operator, { ...done, limit: 50 }).then(must)],
    ['page of one owner by type', () => tasks.list(context, { type: 'type-3', limit: 50 }).then(must)],
    ['page by creation time', () => tasks.list(operator, { createdBefore: since + 25_000, limit: 50 }).then(must)],
    ['page of all owners', () => store.jobs.list({ scopes: everybody, limit: 50 })],
    ['a task and its events', async () => {
      const id = taskOf(Math.floor(Math.random() * 1_000)).id.slice(0, 13);
      const [job] = await store.jobs.list({ scopes: everybody, before: `${id}~`, limit: 1 });
      const events = await store.jobs.events(job?.id ?? '', { after: 0, limit: 100 });
      if (events.length === 0) throw new Error('no events');
    }],
    ['50 events from the middle of the feed', async () => {
      const page = await store.feed?.read(middle, { limit: 50, maxBytes: 1_048_576 });
      if (page?.length !== 50) throw new Error('not that many events');
    }],
    ['stats', () => tasks.stats(operator).then(must)],
    ['claim of one, and its return', () => claimAndReturn(work)],
  ];
  const results = new Map<string, Histogram>();
  for (const [name, ask] of asked) {
    const latency = histogram();
    for (let sample = 0; sample < 20; sample++) await ask();
    for (let sample = 0; sample < samples; sample++) await latency.time(ask);
    results.set(name, latency);
  }
  return results;
}

async function claimAndReturn(work: BenchPlatform['platform']['kinds']['task']['work']): Promise<void> {
  const types = Array.from({ length: 10 }, (_, n) => `type-${n}`);
  const [taken] = must(await work.take({ workerId: 'w', types, limit: 1, leaseMs: 60_000, waitMs: 0 }));
  if (taken === undefined) throw new Error('nothing was ready');
  const [outcome] = await work.report('w', [{ leaseId: taken.leaseId, type: 'release' }]);
  if (outcome?.ok !== true) throw new Error('the task could not be returned');
}

/** The median of claims of one, with so many before it in the order of claims that workers have. */
async function claimBehind({ platform }: BenchPlatform, held: number): Promise<string> {
  const { work } = platform.kinds.task;
  const types = Array.from({ length: 10 }, (_, n) => `type-${n}`);
  for (let taken = 0; taken < held; ) {
    const limit = Math.min(500, held - taken);
    const some = must(await work.take({ workerId: 'v', types, limit, leaseMs: 600_000, waitMs: 0 }));
    if (some.length === 0) throw new Error('too few are ready');
    taken += some.length;
  }
  const latency = histogram();
  for (let sample = 0; sample < samples; sample++) await latency.time(() => claimAndReturn(work));
  return `p50 ${latency.p(50)} ms, p99 ${latency.p(99)} ms, and its return`;
}

async function fill({ store }: BenchPlatform, from: number, to: number): Promise<void> {
  for (let n = from; n < to; ) {
    const jobs: Job[] = [];
    for (; jobs.length < 1_000 && n < to; n++) jobs.push(taskOf(n));
    const commit: Commit = {
      ...nothing,
      jobs: jobs.map((job) => ({ job, before: null, expectedVersion: 0, newItems: [] })),
      events: jobs.flatMap((job) => eventsOf(job)),
      work: jobs.flatMap(({ id: jobId, type: jobType, endedAt, createdAt: now }) => {
        if (endedAt !== null) return [];
        const work = { blocked: false, priority: 0, pauseMs: null, dueAt: now, concurrencyKey: null, timeoutMs: null };
        return [{ type: 'put', jobId, jobType, kind: task.name, candidate: null, work, now } as const];
      }),
    };
    const result = await store.commit(commit);
    if (!result.ok) throw new Error(`conflicts: ${result.conflicts.join()}`);
  }
}

function eventsOf({ id: jobId, ownerId, version, createdAt: occurredAt }: Job): RecordedEvent[] {
  const bodies: JobEvent[] = [
    { type: 'TaskCreated', state: 'pending' }, { type: 'TaskStarted', state: 'processing', attempt: 1 },
    { type: 'TaskCompleted', state: 'completed' },
  ];
  return bodies.slice(0, version).map((body, nth) => ({
    jobId, kind: task.name, sequence: nth + 1, occurredAt, actor: ownerId, correlationId: jobId, body,
  }));
}

function taskOf(n: number): Job {
  const createdAt = Math.floor(since + n * msBetween);
  const time = createdAt.toString(16).padStart(12, '0');
  const state = n % 100 === 7 ? 'pending' : n % 20 === 3 ? 'failed' : n % 50 === 9 ? 'canceled' : 'completed';
  const endedAt = state === 'pending' ? null : createdAt + 40;
  const input: TaskInput = {
    data: { row: n }, priority: 0, maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 60_000 }, timeoutMs: null,
    dedupeKey: null, concurrencyKey: null, dependsOn: [], onDependencyFailure: 'cancel', webhookUrl: null,
    scheduleId: null,
  };
  const fields: TaskFields = {
    ...task.begin({
      type: 'TaskCreated', state: 'pending', ownerId: '', traceparent: null, jobType: '', input, runAt: createdAt,
      totalItems: null, waitsFor: [],
    }),
  };
  return {
    id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${crypto.randomUUID().slice(24)}`,
    kind: task.name,
    type: `type-${Math.floor(n * 0.618_033_988_749) % 10}`,
    ownerId: n % 2 === 0 ? 'bench' : `user-${n % 97}`,
    state, phase: task.lifecycle.phase(state), version: endedAt === null ? 1 : 3, createdAt,
    updatedAt: endedAt ?? createdAt, startedAt: endedAt === null ? null : createdAt + 10, endedAt, deadlineAt: null,
    traceparent: null, attempt: endedAt === null ? 0 : 1, costMicroUsd: 0, labels: {}, parentId: null,
    lease: null, input, fields, items: new Map(),
  };
}

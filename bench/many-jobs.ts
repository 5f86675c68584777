import type { Job } from '../src/domain/job/job.ts';
import type { Phase } from '../src/domain/lifecycle.ts';
import type { Store } from '../src/ports/store/store.ts';
import { nothing } from '../src/testing/store-suite/bookkeeper.ts';

const since = Date.UTC(2026, 0, 1);
const msBetweenJobs = 20_000;

/** Image sets of users "user-0" and so on, 20 s apart: most of them done. Their ids, oldest first. */
export async function fillWithJobs(
  store: Store,
  { total, users }: { readonly total: number; readonly users: number },
): Promise<string[]> {
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

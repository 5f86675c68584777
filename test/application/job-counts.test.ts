import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import type { Commit } from '../../src/ports/store/commit.ts';
import { JobCounts } from '../../src/main/node/metrics/job-counts.ts';
import { TypeLabels } from '../../src/main/node/metrics/type-labels.ts';
import { anyJob } from '../../src/testing/store-suite/context.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { commands } from '../domain/image-sets.ts';
import { MemoryCommitStore } from './memory-commit-store.ts';
import { commanding, creating, granting } from './operations.ts';

async function rendered(counts: JobCounts): Promise<string> {
  const registry = new Registry();
  counts.register(registry);
  return registry.metrics();
}

function ended(type: string): Pick<Commit, 'jobs' | 'ledger'> {
  const before = anyJob({ type });
  const job = { ...before, phase: 'succeeded' as const, endedAt: before.createdAt + 1 };
  return { jobs: [{ job, before, expectedVersion: 1, newItems: [] }], ledger: [] };
}

it('a commit counts once, however often it was tried, at the server that stored it', async () => {
  const store = new MemoryCommitStore();
  const clock = createFakeClock();
  const servers = [0, 1].map(() => {
    const counts = new JobCounts(new TypeLabels());
    return { counts, path: new WritePath({ store, clock, onStored: (commit) => counts.onStored(commit) }) };
  });
  const [here, there] = servers as [(typeof servers)[0], (typeof servers)[0]];
  let conflicts = 0;
  const commit = store.commit.bind(store);
  store.commit = async (changes) => {
    const result = await commit(changes);
    if (!result.ok) conflicts += 1;
    return result;
  };
  for (let at = 0; at < 6; at++) {
    const [one, other] = at % 2 === 0 ? [here, there] : [there, here];
    await one.path.run(granting('ada', 5));
    await one.path.run(creating(`job-${at}`, 'ada', 3));
    // Each knows an older account, and its commit is refused at first.
    await other.path.run(granting('ada', 5));
    await one.path.run(commanding(`job-${at}`, commands.cancel()));
  }
  expect(conflicts).toBeGreaterThan(5);
  const texts = await Promise.all(servers.map(({ counts }) => rendered(counts)));
  const sum = (series: string): number => texts.reduce((total, text) =>
    total + Number(new RegExp(`^${series} (\\d+)$`, 'm').exec(text)?.[1] ?? 0), 0);
  expect(sum('waybill_jobs_ended_total\\{kind="image-set",type="",outcome="canceled"\\}')).toBe(6);
  const moved = store.ledger.filter(({ type }) => type === 'grant').reduce((total, { amount }) => total + amount, 0);
  expect(sum('waybill_credits_moved_total\\{type="grant"\\}')).toBe(moved);
});

it('types beyond the first hundred are one', async () => {
  const counts = new JobCounts(new TypeLabels());
  for (let at = 0; at < 120; at++) counts.onStored(ended(`type-${at}`));
  counts.onStored(ended('type-7'));
  counts.leaseLost('type-119');
  const text = await rendered(counts);
  expect(text.match(/^waybill_jobs_ended_total\{/gm)).toHaveLength(101);
  expect(text).toContain('waybill_jobs_ended_total{kind="errand",type="type-7",outcome="succeeded"} 2\n');
  expect(text).toContain('waybill_jobs_ended_total{kind="errand",type="other",outcome="succeeded"} 20\n');
  expect(text).toContain('waybill_leases_lost_total{type="other"} 1\n');
});

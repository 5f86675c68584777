import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommitAborted, type Commit } from '../../src/ports/store/commit.ts';
import { StoreUnreachable } from '../../src/ports/store/unreachable.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { accepted, as, type LogLine } from './platform.ts';
import { createSqliteFile } from './sqlite-file.ts';
import { createJumpingClock, createTaskServer, type TaskServer } from './task-server.ts';

/** What a store does with one report does not decide what becomes of the others. */

let file: ReturnType<typeof createSqliteFile>;
beforeEach(() => {
  file = createSqliteFile();
});
afterEach(() => file.remove());

/** A server whose store fails whenever something with the words is to be stored, and three tasks that a worker has. */
async function serverWith(failure: (words: string) => Error): Promise<TaskServer & { readonly leases: string[] }> {
  const store = file.open();
  const refusing = <T>(store: (commit: Commit) => Promise<T>) => async (commit: Commit): Promise<T> => {
    if (JSON.stringify(commit.jobs.map(({ job }) => job.fields)).includes('poison')) throw failure('a bad row');
    return store(commit);
  };
  const bad: Store = {
    ...store, commit: refusing((commit) => store.commit(commit)), commitAhead: refusing(store.commitAhead!),
  };
  const server = createTaskServer(bad, createJumpingClock(Date.UTC(2026, 10, 22)));
  for (const data of [1, 2, 3]) await accepted(server.tasks.submit(as('ada'), { type: 'geocode', data }));
  const taken = await accepted(
    server.work.take({ workerId: 'w', types: ['geocode'], limit: 3, leaseMs: 60_000, waitMs: 0 }),
  );
  return { ...server, leases: taken.map(({ leaseId }) => leaseId) };
}

it('a report that the store fails on is refused and logged once, and the others are stored', async () => {
  const { work, leases, deps } = await serverWith((words) => new CommitAborted(words));
  const outcomes = await work.report('w', [
    { leaseId: leases[0]!, type: 'complete', result: 'fine' },
    { leaseId: leases[1]!, type: 'complete', result: 'poison' },
    { leaseId: leases[2]!, type: 'complete', result: 'fine' },
  ]);
  expect(outcomes).toMatchObject([
    { ok: true, value: { status: 'completed' } },
    { ok: false, refusal: null, fault: expect.any(CommitAborted) },
    { ok: true, value: { status: 'completed' } },
  ]);
  const { lines } = deps.logger as unknown as { lines: LogLine[] };
  expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
    { message: 'reports of workers cannot be stored', fields: { reports: 1, leaseId: leases[1], type: 'complete' } },
  ]);
});

it('reports that find no store are to be repeated, all of their request, and fail no task', async () => {
  const { work, leases } = await serverWith((words) => {
    const cause = new StoreUnreachable(words);
    return new CommitAborted(words, { cause });
  });
  const reports = leases.map((leaseId) => ({ leaseId, type: 'complete', result: 'poison' }) as const);
  await expect(work.report('w', reports)).rejects.toThrow('a bad row');
});

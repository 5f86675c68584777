import { InvariantViolation } from '../../domain/errors.ts';
import type { EndedObjects, ObjectPolicy } from '../../domain/job/ended-objects.ts';
import { clockToleranceMs } from '../../domain/job/start.ts';
import type { Commit, Loaded, LoadRequest } from '../../ports/store/commit.ts';
import type { EndedObjectStore } from '../../ports/store/ended-objects.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import type { Outbox } from '../../ports/store/outbox.ts';
import type { JobReads, Store } from '../../ports/store/store.ts';
import type { JobRows, KeptObjects } from './job-rows.ts';
import { assertOnly, notHere, partsNotHere } from './not-here.ts';
import { againMs } from './patience.ts';

/** The store of one job: of the port, what its object needs. What it answers is durable when it leaves the object. */
export function createJobStore(rows: JobRows): Store {
  return {
    ...partsNotHere(),
    name: 'durable-object',
    holdsAccounts: false,
    load: async (request) => load(rows, request),
    async commit(changes) {
      assertOnly(changes, ['jobs', 'events', 'outbox', 'idempotency', 'objects']);
      const conflicts = conflictsOf(rows, changes);
      if (conflicts.length > 0) return { ok: false, conflicts };
      rows.commit(changes);
      return { ok: true };
    },
    jobs: createReads(rows),
    outbox: createOutbox(rows),
    endedObjects: createEndedObjects(rows),
    check: async () => void rows.job,
    close: async () => {},
  };
}

function load({ job, idempotency }: JobRows, request: LoadRequest): Loaded {
  const known = idempotency.filter((one) =>
    request.idempotency.some(({ scope, key }) => scope === one.scope && key === one.key),
  );
  const jobs = job !== null && request.jobs.includes(job.id) ? [job] : [];
  return { jobs, accounts: [], reservations: [], records: [], idempotency: known };
}

function conflictsOf({ job, idempotency }: JobRows, changes: Commit): string[] {
  const conflicts: string[] = [];
  for (const { job: next, expectedVersion } of changes.jobs) {
    if (job !== null && job.id !== next.id) throw new InvariantViolation(`this is the object of job ${job.id}`);
    if ((job?.version ?? 0) !== expectedVersion) conflicts.push(`job:${next.id}`);
  }
  for (const { scope, key } of changes.idempotency) {
    const known = idempotency.some((one) => one.scope === scope && one.key === key);
    if (known) conflicts.push(`idempotency:${scope} ${key}`);
  }
  return conflicts;
}

function createReads(rows: JobRows): JobReads {
  const own = (id: string): boolean => rows.job?.id === id;
  const { list, count, ids, sizes, kinds, typesOf, counts, history } = notHere<JobReads>('jobs');
  return {
    list, count, ids, sizes, kinds, typesOf, counts, history,
    get: async (id) => (own(id) ? rows.job : null),
    async events(id, { after, limit }) {
      assertLimit(limit, 1_000);
      return own(id) ? rows.events.slice(after, after + limit) : [];
    },
    async overdue(now) {
      const { job } = rows;
      return job === null || job.deadlineAt === null || job.deadlineAt > now ? [] : [{ id: job.id, kind: job.kind }];
    },
    async deadlines({ after, afterId = '', createdAfter = 0 }) {
      const { job } = rows;
      if (job === null || job.deadlineAt === null || job.createdAt <= createdAfter) return [];
      const { id, kind, deadlineAt } = job;
      const isBehind = deadlineAt > after || (deadlineAt === after && id > afterId);
      return isBehind ? [{ id, kind, deadlineAt }] : [];
    },
  };
}

/** One at a time, in order: what is behind one that cannot be said waits. A lease is in memory, as its holder is. */
function createOutbox(rows: JobRows): Outbox {
  let leasedUntil = 0;
  return {
    async claim({ now, leaseMs }) {
      const [first] = rows.outbox;
      if (first === undefined || first.dueAt > now || leasedUntil > now) return [];
      leasedUntil = now + leaseMs;
      first.attempts += 1;
      const { id, topic, payload, createdAt, attempts } = first;
      return [{ id, topic, jobId: rows.job?.id ?? '', payload, createdAt, attempt: attempts }];
    },
    async done(ids) {
      leasedUntil = 0;
      rows.said(ids);
    },
    async retry(id, dueAt, error) {
      leasedUntil = 0;
      if (!rows.outbox.some((one) => one.id === id)) return;
      rows.putOutbox(rows.outbox.map((one) => (one.id === id ? { ...one, dueAt, error } : one)));
    },
    async heal({ now, latestDueAt }) {
      const latestMade = now + clockToleranceMs;
      const isWrong = (one: JobRows['outbox'][number]): boolean =>
        one.dueAt > latestDueAt || one.createdAt > latestMade;
      const wrong = rows.outbox.filter(isWrong);
      if (wrong.length === 0) return 0;
      rows.putOutbox(rows.outbox.map((one) => {
        if (!isWrong(one)) return one;
        const dueAt = one.dueAt > latestDueAt ? now : one.dueAt;
        return { ...one, createdAt: Math.min(one.createdAt, now), dueAt };
      }));
      return wrong.length;
    },
    size: async () => rows.outbox.length,
  };
}

/** Those of the one job: its inputs and its results. */
function createEndedObjects(rows: JobRows): EndedObjectStore {
  const change = (of: (one: KeptObjects) => KeptObjects): number => {
    const next = rows.objects.map(of);
    const changed = next.filter((one, at) => one !== rows.objects[at]).length;
    if (changed > 0) rows.putObjects(next);
    return changed;
  };
  return {
    begin: async (policy: ObjectPolicy, endedBefore, { now, dueAt }) =>
      change((one) => {
        const isBegun = one.purgedAt === null && one.policy === policy && one.endedAt < endedBefore;
        return isBegun ? { ...one, purgedAt: now, dueAt } : one;
      }),
    // The lease is in memory. It grows with the time for which the bucket has refused.
    async due({ now, leaseMs }) {
      const isDue = ({ dueAt }: KeptObjects): boolean => dueAt !== null && dueAt <= now;
      const due = rows.objects.filter(isDue);
      const leased = (one: KeptObjects): number => now + Math.max(leaseMs, againMs(one.purgedAt ?? now, now));
      rows.lendObjects(rows.objects.map((one) => (isDue(one) ? { ...one, dueAt: leased(one) } : one)));
      return due.map((one) => withJob(rows, one));
    },
    async putOff({ part }, dueAt) {
      change((one) => (one.part === part && one.purgedAt !== null ? { ...one, dueAt } : one));
    },
    heal: async ({ now, latestDueAt }) =>
      change((one) => {
        const isAhead = one.purgedAt === null && one.endedAt > now + clockToleranceMs;
        const isLate = one.dueAt !== null && one.dueAt > latestDueAt;
        if (!isAhead && !isLate) return one;
        return { ...one, endedAt: Math.min(one.endedAt, now), dueAt: isLate ? now : one.dueAt };
      }),
    async nextDueAt() {
      const due = rows.objects.flatMap(({ dueAt }) => dueAt ?? []);
      return due.length === 0 ? null : Math.min(...due);
    },
    async purged(jobId) {
      if (rows.job?.id !== jobId) return [];
      return rows.objects.flatMap(({ part, purgedAt }) => (purgedAt === null ? [] : [{ part, purgedAt }]));
    },
  };
}

function withJob({ job }: JobRows, { part, policy, endedAt }: KeptObjects): EndedObjects {
  if (job === null) throw new InvariantViolation('there are objects of no job');
  return { jobId: job.id, kind: job.kind, ownerId: job.ownerId, part, policy, endedAt };
}

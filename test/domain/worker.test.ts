import { describe, expect, it } from 'vitest';
import { foldAll } from '../../src/domain/job/fold.ts';
import { isSpare, terminateTopic } from '../../src/kinds/command/domain/worker/decide.ts';
import { worker } from '../../src/kinds/command/domain/worker/kind.ts';
import { workerLifecycle } from '../../src/kinds/command/domain/worker/lifecycle.ts';
import type {
  PoolTerms, WorkerCommand, WorkerEvent, WorkerFields, WorkerInput, WorkerJob,
} from '../../src/kinds/command/domain/worker/types.ts';
import { decided, explore, type Place, type Step } from './exploring.ts';

const now = Date.UTC(2026, 10, 22);
const lifetimeMs = 3_600_000;
const input: WorkerInput = {
  providerId: 'docker-1', providerType: 'docker', spec: {}, registrationHash: 'aa', provisioningSagaId: 'provisioning',
  lifetimeMs, pool: null,
};
const pool: PoolTerms = { providerVersion: 1, idleMs: 30_000, maxJobs: 2, shared: false };
const birth = (changes: Partial<WorkerInput> = {}, jobId: string | null = 'job') => ({
  type: 'create', ownerId: 'ada', traceparent: null, workerId: 'worker', jobId, input: { ...input, ...changes },
  registerWithinMs: 60_000,
}) as const;
const warm = (changes: Partial<PoolTerms> = {}) => birth({ pool: { ...pool, ...changes } }, null);
const settles = { sagaId: 'execution', step: 'AssignWorker' };
const registered = {
  type: 'register', tokenHash: 'bb', nonceHash: 'nn', agentVersion: '1', leaseMs: 30_000,
} as const;
const take = (jobId: string) => ({ type: 'take', jobId, settles }) as const;
const reserve = (jobId: string, ownerId = 'ada') => ({ type: 'reserve', jobId, ownerId }) as const;
const free = (jobId: string, reusable = true) => ({ type: 'free', jobId, reusable }) as const;
const silent = (token: number) => ({ type: 'loseLease', token, timedOut: false, random: 0 }) as const;
const steps: readonly Step<WorkerCommand>[] = [
  { type: 'provisioned', resourceId: 'c0ffee' },
  registered,
  reserve('job'), reserve('other'), reserve('foreign', 'mira'),
  take('job'), take('other'),
  free('job'), free('other'), free('foreign'), free('job', false),
  silent,
  { type: 'drain', reason: 'It is ended.' },
  { type: 'drain', reason: 'It is ended.', onlyIdle: true },
  { type: 'cancel' },
  { type: 'expire', reason: 'late', onlyOverdue: false },
  { type: 'terminated' },
];

const { places, taken } = explore<WorkerFields, WorkerCommand, WorkerEvent>(
  worker, [birth(), warm(), warm({ shared: true }), birth({ lifetimeMs: null })], steps,
  {
    now,
    sort: ({ state, fields, input: of, deadlineAt, lease }) => [
      state, fields.resourceId, fields.jobId, fields.mayStart, fields.servedOwnerId, lease !== null,
      Math.min(2, fields.session?.number ?? 0), fields.jobsDone, of, deadlineAt,
    ],
  },
);
const idle = ['CREATING', 'CONNECTING', 'READY'];

function course(birthOf: ReturnType<typeof birth>, ...commands: readonly (readonly [WorkerCommand, number])[]) {
  return commands.reduce<Place<WorkerFields, WorkerEvent>>(
    (place, [command, at]) => decided(worker, place, worker.decide(place.job, command, at), at) ?? place,
    decided(worker, null, worker.create(birthOf, now), now)!,
  );
}

describe('a worker, whatever happens to it', () => {
  it('takes exactly the transitions that its lifecycle declares', () => {
    const declared = workerLifecycle.transitions.filter(({ from }) => from !== null);
    expect(taken).toEqual(declared.map(({ from, command, to }) => `${from} ${command} ${to}`).sort());
  });

  it('is what its events fold to', () => {
    for (const { job, events } of places) expect(foldAll(worker, events)).toEqual(job);
  });

  it('is asked to be terminated at its provider exactly when it begins to drain', () => {
    for (const { job, events, effects } of places) {
      const drained = events.at(-1)?.body.state === 'DRAINING';
      expect(effects.some((effect) => effect.type === 'post' && effect.topic === terminateTopic)).toBe(drained);
      expect(job.fields.endReason === null).toBe(!['DRAINING', 'TERMINATED'].includes(job.state));
    }
  });

  it('has one job at a time, and one of a pool those of one owner unless it is shared', () => {
    for (const { job } of places) {
      const terms = (job as WorkerJob).input.pool;
      expect(worker.decide(job, take('third'), now).ok).toBe(job.state === 'READY' && terms === null);
      for (const ownerId of ['ada', 'mira']) {
        const { servedOwnerId } = job.fields;
        const isOwn = terms?.shared === true || servedOwnerId === null || servedOwnerId === ownerId;
        const reserved = worker.decide(job, reserve('third', ownerId), now);
        expect(reserved.ok).toBe(job.state === 'READY' && terms !== null && isOwn);
      }
    }
  });

  it('has the lease of its agent exactly while that is registered and it is not being ended', () => {
    for (const { job } of places) {
      expect(job.lease !== null).toBe(['READY', 'BUSY'].includes(job.state));
      if (job.lease === null) continue;
      expect(worker.decide(job, silent(job.lease.token), now)).toMatchObject({ ok: true, value: { events: [{}] } });
      expect(worker.decide(job, silent(job.lease.token - 1), now)).toMatchObject({ ok: true, value: { events: [] } });
    }
  });

  it('is never without an end to its time, unless it may live for ever and has a job, or is being ended', () => {
    for (const { job } of places) {
      const hasNone = job.deadlineAt === null;
      const mayLive = (job as WorkerJob).input.lifetimeMs === null && job.state === 'BUSY';
      expect(hasNone).toBe(mayLive || ['DRAINING', 'TERMINATED'].includes(job.state));
    }
  });

  it('goes on with its job when only idle ones are to end', () => {
    for (const { job } of places) {
      const ended = worker.decide(job, { type: 'drain', reason: 'Not needed.', onlyIdle: true }, now);
      expect(ended.ok && ended.value.events.length > 0).toBe(idle.includes(job.state));
    }
  });

  it('counts as spare in its pool until it is reserved for the first time, or nothing of it is left', () => {
    for (const { job, events } of places) {
      const { input: of, endedAt } = job as WorkerJob;
      const wasReserved = events.some(({ body }) => body.type === 'WorkerStatusChanged' && body.state === 'BUSY');
      if (of.pool === null || endedAt !== null) expect(isSpare(job as WorkerJob)).toBe(false);
      else if (!wasReserved) expect(isSpare(job as WorkerJob)).toBe(true);
      else expect(isSpare(job as WorkerJob)).toBe(of.pool.shared && job.fields.jobId === null);
    }
  });

  it('changes whether it is spare only by commands that are counted', () => {
    const uncounted = [...steps, silent].filter((step) =>
      typeof step === 'function' || !['reserve', 'free', 'terminated'].includes(step.type));
    for (const place of places) {
      for (const step of uncounted) {
        const said = typeof step === 'function' ? step(place.job.lease?.token ?? 999, place.job) : step;
        const after = decided(worker, place, worker.decide(place.job, said, now), now);
        if (after !== null) expect(isSpare(after.job as WorkerJob)).toBe(isSpare(place.job as WorkerJob));
      }
    }
  });
});

describe('a worker of a warm pool', () => {
  const at = (...commands: readonly WorkerCommand[]) =>
    course(warm(), ...commands.map((command, index) => [command, now + index] as const));

  it('begins its own provisioning', () => {
    expect(at().effects).toContainEqual(expect.objectContaining({ type: 'begin-saga', sagaId: 'provisioning' }));
    expect(course(birth()).effects.map(({ type }) => type)).toEqual(['offer-work']);
  });

  it('begins with a job that is reserved only when that is validated', () => {
    const reserved = at(registered, reserve('job'));
    expect(reserved.job).toMatchObject({ state: 'BUSY', fields: { jobId: 'job', mayStart: false } });
    expect(reserved.effects).toEqual([]);
    const started = at(registered, reserve('job'), take('job'));
    expect(started.job.fields.mayStart).toBe(true);
    expect(started.effects).toMatchObject([{ type: 'settle-step', sagaId: 'execution', step: 'AssignWorker' }]);
  });

  it('is READY again after a job, until it has had as many as it may', () => {
    const first = [registered, reserve('job'), take('job'), free('job')] as const;
    expect(at(...first).job).toMatchObject({
      state: 'READY', fields: { jobsDone: 1, jobId: null, servedOwnerId: 'ada' },
    });
    expect(at(...first, reserve('other'), take('other'), free('other')).job).toMatchObject({
      state: 'DRAINING', fields: { jobsDone: 2, endReason: 'It has had 2 jobs, which is its limit.' },
    });
  });

  it('gets no other job after one that may have failed through its fault', () => {
    expect(at(registered, reserve('job'), take('job'), free('job', false)).job.state).toBe('DRAINING');
  });
});

describe('the agent of a worker', () => {
  it('may be faster than the answer of the provider that made it', () => {
    const { job, events } = course(
      birth(), [registered, now + 10], [{ type: 'provisioned', resourceId: 'c0ffee' }, now + 20],
    );
    expect(job).toMatchObject({ state: 'READY', fields: { resourceId: 'c0ffee' } });
    expect(events.map(({ body }) => body.type)).toEqual([
      'WorkerProvisioningRequested', 'WorkerRegistered', 'WorkerProvisioned',
    ]);
  });

  it('takes the place of its own earlier session when it connects again', () => {
    const { job } = course(birth(), [registered, now + 10], [{ ...registered, tokenHash: 'cc' }, now + 500]);
    expect(job.fields.session).toEqual({ number: 2, tokenHash: 'cc', nonceHash: 'nn', agentVersion: '1' });
  });

  it('is refused once the worker drains', () => {
    const { job } = course(birth(), [{ type: 'drain', reason: 'Enough.' }, now + 10]);
    expect(worker.decide(job, registered, now + 20)).toMatchObject({ ok: false, refusal: { code: 'lease_lost' } });
  });

  it('settles the step that waits for it, well when it registers and badly when the worker ends before', () => {
    const settled = ({ effects }: Place<WorkerFields, WorkerEvent>): unknown =>
      effects.filter(({ type }) => type === 'settle-step');
    expect(settled(course(birth(), [registered, now + 10]))).toEqual([
      { type: 'settle-step', sagaId: 'provisioning', step: 'RegisterWorker', outcome: { ok: true, output: null } },
    ]);
    expect(settled(course(birth(), [{ type: 'drain', reason: 'It exited.' }, now + 10]))).toMatchObject([
      { sagaId: 'provisioning', outcome: { ok: false, message: 'It exited.' } },
    ]);
  });
});

describe('the time of a worker', () => {
  const overdue = { type: 'expire', reason: '', onlyOverdue: true } as const;
  const reasonAt = (at: number, ...before: Parameters<typeof course>[1][]): string | null =>
    course(warm(), ...before, [overdue, at]).job.fields.endReason;

  it('ends it when its agent does not register', () => {
    expect(reasonAt(now + 59_999)).toBeNull();
    expect(reasonAt(now + 60_000)).toBe('Its agent did not register in time.');
  });

  it('ends it when it is idle for too long, counted anew after each job', () => {
    expect(reasonAt(now + 30_009, [registered, now + 10])).toBeNull();
    expect(reasonAt(now + 30_010, [registered, now + 10])).toBe('It was idle for too long.');
    const job = [
      [registered, now + 10], [reserve('job'), now + 20], [free('job'), now + 5_000],
    ] as const;
    expect(reasonAt(now + 34_999, ...job)).toBeNull();
    expect(reasonAt(now + 35_000, ...job)).toBe('It was idle for too long.');
  });

  it('ends it when it is too old, whatever it has', () => {
    const old = now + lifetimeMs;
    const busy = [[registered, now + 10], [reserve('job'), now + 20]] as const;
    expect(reasonAt(old - 1, ...busy)).toBeNull();
    expect(reasonAt(old, ...busy)).toBe('It was too old.');
    expect(reasonAt(old + 10, ...busy, [free('job'), old + 5])).toBe('It was too old.');
    expect(reasonAt(old, ...busy, [free('job'), old - 100])).toBe('It was too old.');
  });
});

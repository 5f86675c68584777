import { describe, expect, it } from 'vitest';
import { foldAll } from '../../src/domain/job/fold.ts';
import { terminateTopic } from '../../src/kinds/command/domain/worker/decide.ts';
import { worker } from '../../src/kinds/command/domain/worker/kind.ts';
import { workerLifecycle } from '../../src/kinds/command/domain/worker/lifecycle.ts';
import type {
  WorkerCommand, WorkerEvent, WorkerFields, WorkerInput,
} from '../../src/kinds/command/domain/worker/types.ts';
import { decided, explore, type Place, type Step } from './exploring.ts';

const now = Date.UTC(2026, 10, 22);
const input: WorkerInput = {
  providerId: 'docker-1', providerType: 'docker', spec: {}, registrationHash: 'aa', provisioningSagaId: 'provisioning',
  lifetimeMs: 3_600_000, idleMs: null,
};
const birth = (changes: Partial<WorkerInput> = {}) => ({
  type: 'create', ownerId: 'ada', traceparent: null, jobId: 'job', input: { ...input, ...changes },
  registerWithinMs: 60_000,
}) as const;
const settles = { sagaId: 'execution', step: 'AssignWorker' };
const steps: readonly Step<WorkerCommand>[] = [
  { type: 'provisioned', resourceId: 'c0ffee' },
  { type: 'register', tokenHash: 'bb', agentVersion: '1' },
  { type: 'take', jobId: 'job', settles },
  { type: 'take', jobId: 'other', settles },
  { type: 'free', jobId: 'job' },
  { type: 'free', jobId: 'other' },
  { type: 'drain', reason: 'It is ended.' },
  { type: 'cancel' },
  { type: 'expire', reason: 'late', onlyOverdue: false },
  { type: 'terminated' },
];

const { places, taken } = explore<WorkerFields, WorkerCommand, WorkerEvent>(
  worker, [birth(), birth({ idleMs: 30_000 })], steps,
  {
    now,
    sort: ({ state, fields, input: of, deadlineAt }) => [
      state, fields.resourceId, fields.jobId, Math.min(2, fields.session?.number ?? 0), fields.jobsDone > 0,
      (of as WorkerInput).idleMs, deadlineAt,
    ],
  },
);

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

  it('has one job at a time', () => {
    const second = { type: 'take', jobId: 'third', settles } as const;
    for (const { job } of places) {
      const took = worker.decide(job, second, now);
      expect(took.ok).toBe(job.state === 'READY');
    }
  });
});

describe('the agent of a worker', () => {
  const registered = { type: 'register', tokenHash: 'bb', agentVersion: '1' } as const;

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
    expect(job.fields.session).toEqual({ number: 2, tokenHash: 'cc', agentVersion: '1' });
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
  const registered = { type: 'register', tokenHash: 'bb', agentVersion: '1' } as const;
  const overdue = { type: 'expire', reason: '', onlyOverdue: true } as const;
  const reasonAt = (at: number, ...before: Parameters<typeof course>[1][]): string | null =>
    course(birth({ idleMs: 30_000 }), ...before, [overdue, at]).job.fields.endReason;

  it('ends it when its agent does not register', () => {
    expect(reasonAt(now + 59_999)).toBeNull();
    expect(reasonAt(now + 60_000)).toBe('Its agent did not register in time.');
  });

  it('ends it when it is idle for too long, counted anew after each job', () => {
    expect(reasonAt(now + 30_009, [registered, now + 10])).toBeNull();
    expect(reasonAt(now + 30_010, [registered, now + 10])).toBe('It was idle for too long.');
    const job = [
      [registered, now + 10], [{ type: 'take', jobId: 'job', settles }, now + 20],
      [{ type: 'free', jobId: 'job' }, now + 5_000],
    ] as const;
    expect(reasonAt(now + 34_999, ...job)).toBeNull();
    expect(reasonAt(now + 35_000, ...job)).toBe('It was idle for too long.');
  });

  it('ends it when it is too old, but not under its job', () => {
    const old = now + 3_600_000;
    const busy = [[registered, now + 10], [{ type: 'take', jobId: 'job', settles }, now + 20]] as const;
    expect(reasonAt(old, ...busy)).toBeNull();
    expect(reasonAt(old + 10, ...busy, [{ type: 'free', jobId: 'job' }, old + 5])).toBe('Its job has ended.');
    expect(reasonAt(old, ...busy, [{ type: 'free', jobId: 'job' }, old - 100])).toBe('It was too old.');
  });
});

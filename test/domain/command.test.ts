import { describe, expect, it } from 'vitest';
import { foldAll } from '../../src/domain/job/fold.ts';
import type { Job } from '../../src/domain/job/job.ts';
import type { EndPhase } from '../../src/domain/lifecycle.ts';
import type { Failure } from '../../src/kinds/command/domain/failure.ts';
import { command } from '../../src/kinds/command/domain/kind.ts';
import { commandLifecycle } from '../../src/kinds/command/domain/lifecycle.ts';
import { recoverySagaIdOf } from '../../src/kinds/command/domain/sagas.ts';
import type {
  CommandCommand, CommandEvent, CommandFields, CommandInput, CommandResult,
} from '../../src/kinds/command/domain/types.ts';
import { decided, explore, type Place, type Step } from './exploring.ts';

type At = Place<CommandFields, CommandEvent>;

const now = Date.UTC(2026, 10, 22);
/** How often in a row no worker can be had before the job fails. */
const maxFailedAssignments = 8;
const jobId = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const input: CommandInput = {
  name: 'hello', description: null, command: 'echo hi', arguments: [], script: null, environment: {}, secrets: {},
  workingDirectory: null, stdin: null,
  requirements: {
    provider: null, image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0, networkMode: null,
    labels: {},
  },
  priority: 0, timeoutMs: 30_000, graceMs: 10_000, startWithinMs: null, inputs: [], outputs: [],
  dependsOn: [], onDependencyFailure: 'cancel',
  retry: { maxAttempts: 1, backoff: { firstMs: 1_000, maxMs: 60_000 }, on: 'lost' },
  labels: {}, tags: [], webhookUrl: null, scheduleId: null,
};
const birth = (changes: Partial<CommandInput> = {}) => ({
  type: 'create', ownerId: 'ada', traceparent: null, input: { ...input, ...changes }, runAt: now,
  waitsFor: changes.dependsOn ?? [],
}) as const;

const assign: CommandCommand = {
  type: 'assign', workerId: 'worker', providerId: 'docker-1', providerType: 'docker', executionSagaId: 'execution',
  provisioningSagaId: 'provisioning', leaseMs: 600_000, uploadMs: 3_600_000,
};
const lost: Failure = { reason: 'INFRASTRUCTURE_ERROR', message: 'The container was killed.' };
const late: Failure = { reason: 'EXECUTION_TIMEOUT', message: 'It took longer than 30 s.' };
const result = (exitCode: number | null, failure: Failure | null): CommandResult => ({
  exitCode, signal: null, failure, artifacts: [],
});
const good = result(0, null);
const bad = result(7, { reason: 'NON_ZERO_EXIT_CODE', message: 'It ended with exit code 7.' });

const says = {
  accept: (token: number): CommandCommand => ({ type: 'accept', token }),
  start: (token: number): CommandCommand => ({ type: 'start', token }),
  release: (token: number): CommandCommand => ({ type: 'release', token }),
  finish: (of: CommandResult) => (token: number): CommandCommand => ({ type: 'finish', token, result: of, random: 0 }),
  silent: (timedOut = false) => (token: number): CommandCommand => ({ type: 'loseLease', token, timedOut, random: 0 }),
};
const unassign = (retryable: boolean): CommandCommand => ({
  type: 'unassign', workerId: 'worker', failure: lost, retryable, random: 0,
});
function recover(failure: Failure, again = true) {
  return (_: number, { fields }: Job): CommandCommand => {
    const sagaId = (fields as CommandFields).recoverySagaId ?? '';
    return { type: 'recover', sagaId, failure, random: 0, again };
  };
}
function dependencyEnded(id: string, phase: EndPhase): CommandCommand {
  return { type: 'dependencyEnded', jobId: id, phase };
}
const cancel: CommandCommand = { type: 'cancel', reason: 'not needed' };

function take(place: At, step: Step<CommandCommand>, at = now): At {
  const { job } = place;
  const said = typeof step === 'function' ? step(job.lease?.token ?? 999, job) : step;
  return decided(command, place, command.decide(job, said, at), at) ?? place;
}

function course(of: ReturnType<typeof birth>, ...steps: readonly Step<CommandCommand>[]): At {
  return steps.reduce<At>((place, step) => take(place, step), decided(command, null, command.create(of, now), now)!);
}

const steps: readonly Step<CommandCommand>[] = [
  assign, { type: 'reject', failure: { reason: 'CONFIGURATION_ERROR', message: 'No provider can run it.' } },
  unassign(true), unassign(false), cancel, { type: 'retry', waitsFor: [] },
  { type: 'expire', reason: 'late', onlyOverdue: false }, says.accept, says.start, says.release, says.finish(good),
  says.finish(bad), says.finish(result(null, late)), says.finish(result(null, lost)), says.silent(), says.silent(true),
  ...[lost, late].map((failure) => recover(failure)), recover(lost, false),
  ...(['succeeded', 'failed'] as const).map((phase) => dependencyEnded('other', phase)),
  { type: 'retry', waitsFor: ['other'] },
];
const births = [
  birth(), birth({ startWithinMs: 60_000 }), birth({ retry: { ...input.retry, maxAttempts: 2 } }),
  birth({ retry: { ...input.retry, maxAttempts: 2, on: 'failure' } }),
  birth({ dependsOn: ['other'], startWithinMs: 60_000 }),
  birth({ dependsOn: ['other'], onDependencyFailure: 'run' }),
];
const { places, taken } = explore<CommandFields, CommandCommand, CommandEvent>(command, births, steps, {
  now,
  sort: ({ state, attempt, lease, fields, input: of }) => {
    const { startWithinMs, retry, onDependencyFailure } = of as CommandInput;
    const { assignment, failedAssignments, cancelRequested, recoverySagaId, failure } = fields;
    return [
      state, attempt, lease !== null, assignment?.acceptedAt !== null, assignment === null,
      failedAssignments, cancelRequested, recoverySagaId !== null, failure?.reason,
      startWithinMs, retry.maxAttempts, retry.on, fields.waitsFor.length, onDependencyFailure,
    ];
  },
});

describe('a command job, whatever happens to it', () => {
  it('takes only transitions that its lifecycle declares, and each of them', () => {
    const declared = commandLifecycle.transitions.filter(({ from }) => from !== null);
    expect(taken).toEqual(declared.map(({ from, command: said, to }) => `${from} ${said} ${to}`).sort());
  });

  it('is what its events fold to', () => {
    for (const { job, events } of places) expect(foldAll(command, events)).toEqual(job);
  });

  it('has a worker exactly while it is assigned or runs, and a lease unless that worker is lost', () => {
    for (const { job } of places) {
      const isActive = job.phase === 'active';
      expect(job.fields.assignment !== null).toBe(isActive);
      expect(job.lease !== null).toBe(isActive && job.fields.recoverySagaId === null);
    }
  });

  it('is offered to schedulers whenever it becomes PENDING, and withdrawn at its end', () => {
    for (const { job, events, effects } of places) {
      const last = events.at(-1)?.body;
      const begins = last?.type === 'DependencyEnded' && job.fields.waitsFor.length === 0;
      expect(effects.some(({ type }) => type === 'offer-work')).toBe(last?.state === 'PENDING' || begins);
      if (job.endedAt !== null) expect(effects).toContainEqual({ type: 'withdraw-work' });
    }
  });

  it('is never offered again before the recovery of a lost worker has ended', () => {
    for (const { job } of places) {
      if (job.fields.recoverySagaId !== null) expect(job.phase).toBe('active');
    }
  });

  it('hears nothing of an agent that does not have its lease', () => {
    const words = [says.accept, says.start, says.release, says.finish(good), says.finish(bad)];
    for (const { job } of places) {
      for (const word of words) {
        expect(command.decide(job, word(998), now)).toMatchObject({ ok: false, refusal: { code: 'lease_lost' } });
      }
      expect(command.decide(job, says.silent()(998), now)).toEqual({ ok: true, value: { events: [], effects: [] } });
    }
  });
});

const stateOf = (...of: Parameters<typeof course>): string => course(...of).job.state;
const twice = birth({ retry: { ...input.retry, maxAttempts: 2 } });
const running = [assign, says.accept, says.start] as const;

describe('the events of a command job', () => {
  it('come in the order of the contract', () => {
    const { events } = course(birth(), ...running, says.finish(good));
    expect(events.map(({ body }) => [body.type, body.state])).toEqual([
      ['JobCreated', 'PENDING'], ['JobAssigned', 'ASSIGNED'], ['JobAccepted', undefined],
      ['JobStatusChanged', 'RUNNING'], ['JobStatusChanged', 'SUCCEEDED'],
    ]);
  });

  it('have the acceptance even when the start, or the end, is the first that is heard of the agent', () => {
    for (const first of [[assign, says.start], [assign, says.finish(bad)]] as const) {
      const types = course(birth(), ...first).events.map(({ body }) => body.type);
      expect(types.slice(0, 4)).toEqual(['JobCreated', 'JobAssigned', 'JobAccepted', 'JobStatusChanged']);
    }
  });

  it('keep the lease, and its token, when the command starts', () => {
    const { job } = course(birth(), ...running);
    expect(job.lease).toEqual({ token: 2, workerId: 'worker' });
  });
});

describe('the time of an attempt', () => {
  const timeoutMs = (...of: Parameters<typeof course>): unknown =>
    course(...of).effects.find(({ type }) => type === 'lease-work');

  it('is its worker’s, its command’s and its grace time with some slack, and that of uploads if it has outputs', () => {
    const plain = 600_000 + input.timeoutMs + input.graceMs + 30_000;
    expect(timeoutMs(birth(), assign)).toEqual({ type: 'lease-work', leaseMs: 600_000, timeoutMs: plain });
    expect(timeoutMs(birth({ outputs: ['out'] }), assign)).toMatchObject({ timeoutMs: plain + 3_600_000 });
  });

  it('needs no worker to be started when there is a warm one', () => {
    const warm = course(birth(), { ...assign, provisioningSagaId: null } as CommandCommand);
    expect(warm.effects.flatMap((one) => (one.type === 'begin-saga' ? [one.sagaId] : []))).toEqual(['execution']);
    const canceled = take(warm, cancel);
    expect(canceled.effects.flatMap((one) => (one.type === 'cancel-saga' ? [one.sagaId] : []))).toEqual(['execution']);
  });
});

describe('a command that ends', () => {
  it.each([
    ['with exit code 0', says.finish(good), 'SUCCEEDED'],
    ['with another exit code', says.finish(bad), 'FAILED'],
    ['by its time limit', says.finish(result(null, late)), 'TIMED_OUT'],
    ['by a fault of its surroundings', says.finish(result(null, lost)), 'FAILED'],
  ])('%s leaves its job %s', (_, end, state) => {
    expect(stateOf(birth(), ...running, end)).toBe(state);
  });

  it('is told to its saga, which is complete whatever the result', () => {
    for (const end of [good, bad]) {
      expect(course(birth(), ...running, says.finish(end)).effects).toContainEqual({
        type: 'settle-step', sagaId: 'execution', step: 'ExecuteJob',
        outcome: { ok: true, output: { exitCode: end.exitCode } },
      });
    }
  });

  it('runs again only if its policy says so, and as often', () => {
    const onFailure = birth({ retry: { ...input.retry, maxAttempts: 2, on: 'failure' } });
    expect(stateOf(twice, ...running, says.finish(bad))).toBe('FAILED');
    expect(stateOf(onFailure, ...running, says.finish(bad))).toBe('PENDING');
    expect(stateOf(onFailure, ...running, says.finish(bad), ...running, says.finish(bad))).toBe('FAILED');
    const { job } = course(onFailure, ...running, says.finish(bad), ...running, says.finish(good));
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempt: 2, fields: { exitCode: 0, failure: null } });
    expect(job.fields.executions.map(({ exitCode }) => exitCode)).toEqual([7, 0]);
  });

  it('before the cancel has reached it has done what it should', () => {
    expect(stateOf(birth(), ...running, cancel, says.finish(good))).toBe('SUCCEEDED');
    expect(stateOf(birth(), ...running, cancel, says.finish(bad))).toBe('CANCELLED');
  });

  it('cannot have succeeded when it never started', () => {
    expect(stateOf(birth(), assign, says.accept, says.finish(good))).toBe('FAILED');
  });
});

describe('a command job whose worker is lost', () => {
  it('stays what it is, without a lease, until recovery has ended the worker', () => {
    const { job, effects } = course(twice, ...running, says.silent());
    expect(job).toMatchObject({ state: 'RUNNING', lease: null });
    expect(effects.map(({ type }) => type)).toEqual(['withdraw-work', 'begin-saga', 'cancel-saga']);
    expect(stateOf(twice, ...running, says.silent(), recover(lost))).toBe('PENDING');
  });

  it('fails when nobody knows whether its worker is gone', () => {
    expect(stateOf(twice, ...running, says.silent(), recover(lost, false))).toBe('FAILED');
  });

  it('fails when it may not run again', () => {
    const { job } = course(birth(), ...running, says.silent(), recover(lost));
    expect(job).toMatchObject({ state: 'FAILED', fields: { failure: lost } });
  });

  it('runs again whatever its policy when the command had not started, and the attempt does not count', () => {
    const { job } = course(birth(), assign, says.accept, says.silent(), recover(lost));
    expect(job).toMatchObject({ state: 'PENDING', attempt: 0 });
  });

  it('is canceled when that was asked for meanwhile', () => {
    expect(stateOf(twice, ...running, says.silent(), cancel, recover(lost))).toBe('CANCELLED');
  });

  it('has one recovery for one lost lease, under an id of its own', () => {
    const ids = [2, 3, 2].map((token) => recoverySagaIdOf(jobId, token));
    expect(ids[0]).toBe(ids[2]);
    expect(new Set([jobId, ...ids]).size).toBe(3);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(recoverySagaIdOf(`${jobId.slice(0, 24)}ffffffffffff`, 2)).toMatch(/-000000000001$/);
  });
});

describe('a command job for which no worker can be had', () => {
  it('waits longer and longer, then fails', () => {
    let place = course(birth());
    const waits: number[] = [];
    for (let failed = 1; failed < maxFailedAssignments; failed++) {
      place = take(take(place, assign), unassign(true));
      waits.push(place.job.fields.runAt - now);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
    expect(take(take(place, assign), unassign(true)).job).toMatchObject({ state: 'FAILED', fields: { failure: lost } });
  });

  it('fails at once when no other worker would do better', () => {
    expect(stateOf(birth(), assign, unassign(false))).toBe('FAILED');
  });

  it('counts anew once a command has started', () => {
    const { job } = course(twice, assign, unassign(true), ...running, says.silent(), recover(lost));
    expect(job.fields.failedAssignments).toBe(0);
  });

  it('times out when it was to be started within a time', () => {
    const overdue: CommandCommand = { type: 'expire', reason: '', onlyOverdue: true };
    const place = course(birth({ startWithinMs: 60_000 }));
    expect(take(place, overdue, now + 59_999).job.state).toBe('PENDING');
    expect(take(place, overdue, now + 60_000).job.state).toBe('TIMED_OUT');
    expect(take(place, assign).job.deadlineAt).toBeNull();
  });
});

describe('a command job that waits for other jobs', () => {
  const other = birth({ dependsOn: ['a', 'b'], startWithinMs: 60_000 });

  it('cannot be assigned before all of them have ended', () => {
    const place = take(course(other), dependencyEnded('a', 'succeeded'));
    expect(place.job.fields.waitsFor).toEqual(['b']);
    expect(command.decide(place.job, assign, now)).toMatchObject({ ok: false, refusal: { code: 'invalid_state' } });
    expect(stateOf(other, dependencyEnded('a', 'succeeded'), dependencyEnded('b', 'succeeded'), assign)).toBe(
      'ASSIGNED',
    );
  });

  it('is canceled, and says why, when one of them does not succeed; or runs all the same if it is to', () => {
    expect(course(other, dependencyEnded('b', 'failed')).job).toMatchObject({
      state: 'CANCELLED', fields: { cancelReason: 'job b, which it depends on, failed', waitsFor: [] },
    });
    const anyway = birth({ dependsOn: ['a'], onDependencyFailure: 'run' });
    expect(stateOf(anyway, dependencyEnded('a', 'canceled'), assign)).toBe('ASSIGNED');
  });

  it('has its time to be started from when it waits for none of them', () => {
    const place = course(other);
    expect(place.job.deadlineAt).toBeNull();
    const later = now + 3_600_000;
    const begun = take(take(place, dependencyEnded('a', 'succeeded'), later), dependencyEnded('b', 'succeeded'), later);
    expect(begun.job.deadlineAt).toBe(later + 60_000);
    expect(take(place, { type: 'retry', waitsFor: [] }, later).job).toBe(place.job);
    const again = course(other, cancel, { type: 'retry', waitsFor: ['a'] });
    expect(again.job).toMatchObject({ state: 'PENDING', deadlineAt: null, fields: { waitsFor: ['a'] } });
  });

  it('tells its own dependents how it ended', () => {
    const told = course(birth(), { type: 'addDependent', jobId: 'later' }, ...running, says.finish(result(null, late)));
    expect(told.effects).toContainEqual({
      type: 'post', topic: 'dependents', payload: { dependents: ['later'], phase: 'failed' },
    });
  });
});

describe('the cancel of a command job', () => {
  it('ends it at once unless an agent has accepted it, and has its sagas undo what they did', () => {
    expect(stateOf(birth(), cancel)).toBe('CANCELLED');
    const { job, effects } = course(birth(), assign, cancel);
    expect(job).toMatchObject({ state: 'CANCELLED', fields: { cancelReason: 'not needed' } });
    expect(effects.flatMap((one) => (one.type === 'cancel-saga' ? [one.sagaId] : []))).toEqual([
      'execution', 'provisioning',
    ]);
  });

  it('asks the agent, and does not wait for it for ever', () => {
    const place = course(birth(), ...running, cancel);
    expect(place.job).toMatchObject({ state: 'RUNNING', fields: { cancelRequested: true } });
    expect(place.effects).toEqual([{ type: 'request-cancel' }]);
    const overdue: CommandCommand = { type: 'expire', reason: '', onlyOverdue: true };
    expect(take(place, overdue, now + 19_999).job.state).toBe('RUNNING');
    expect(take(place, overdue, now + 20_000).job.state).toBe('CANCELLED');
  });

  it('is refused once the job has ended', () => {
    const { job } = course(birth(), ...running, says.finish(good)) as { job: Job<CommandFields> };
    expect(command.decide(job, cancel, now)).toMatchObject({ ok: false, refusal: { code: 'conflict' } });
  });
});

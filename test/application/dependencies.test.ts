import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelJob, retryJob } from '../../src/application/jobs/change.ts';
import { createDependent, tellOfEnd } from '../../src/application/jobs/dependencies.ts';
import { onAnyJob } from '../../src/application/jobs/on-any-job.ts';
import { originOf } from '../../src/application/operation.ts';
import { ref } from '../../src/application/write-path/refs.ts';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import { InvariantViolation, type Result } from '../../src/domain/errors.ts';
import { dependentsTopic, type DependencyNews } from '../../src/domain/job/dependencies.ts';
import type { Job } from '../../src/domain/job/job.ts';
import type { AnyKind } from '../../src/domain/job/kind.ts';
import { Kinds } from '../../src/domain/kinds.ts';
import type { Outbox } from '../../src/ports/store/outbox.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { relayOnce, type Deliver } from '../../src/services/outbox-relay.ts';
import { errand } from '../../src/testing/sample-kinds/errand.ts';
import { reminder } from '../../src/testing/sample-kinds/reminder.ts';
import { newId, t0 } from '../../src/testing/store-suite/context.ts';
import { asked } from '../../src/testing/store-suite/errands.ts';
import { parcel } from '../server/parcel/kind.ts';
import { accepted, as, createMemoryLogger } from './platform.ts';
import { createSqliteFile } from './sqlite-file.ts';

const ada = as('ada');
/** Says yes to whoever wants to wait, and forgets it. */
const deaf = {
  ...reminder, name: 'deaf', dependents: () => [], decide: () => ({ ok: true, value: { events: [], effects: [] } }),
} as unknown as AnyKind;
const kinds = new Kinds([errand as never, parcel as never, reminder as never, deaf]);
let file: ReturnType<typeof createSqliteFile>;

const errandInput = {
  data: null, priority: 0, maxAttempts: 1, backoff: { firstMs: 1, maxMs: 1 }, timeoutMs: null, dedupeKey: null,
  concurrencyKey: null, webhookUrl: null,
};

/** One of several servers over the same file. */
class Server {
  now = t0;
  readonly store: Store = file.open();
  readonly deps = { kinds, writePath: new WritePath({ store: this.store, clock: { now: () => this.now } }) };

  submit(
    kind: 'errand' | 'parcel',
    dependsOn: readonly string[] = [],
    how: 'cancel' | 'run' = 'cancel',
    by = ada,
  ): Promise<Result<Job>> {
    const jobId = newId(t0);
    const dependent = { kinds, caller: by.caller, jobId, dependsOn };
    const { userId: ownerId } = by.caller;
    return this.deps.writePath.run<Job>({
      ...originOf(by),
      reads: dependsOn.map(ref.job),
      decide: (draft) => kind === 'errand'
        ? createDependent(draft, errand, dependent, (waitsFor) => ({
          type: 'create', ownerId, jobType: 'import', runAt: draft.now, waitsFor,
          input: { ...errandInput, dependsOn, onDependencyFailure: how },
        }))
        : createDependent(draft, parcel, dependent, (waitsFor) => ({
          type: 'create', ownerId, jobType: 'north', attempts: 1, deadlineAt: t0 + 3_600_000, webhookUrl: null,
          waitsFor, input: { dependsOn, onDependencyFailure: how },
        })),
    });
  }

  /** A job of which nothing is known but its first event. */
  remind(kind: AnyKind): Promise<Result<Job>> {
    const create = { type: 'create', ownerId: 'ada', text: 'Call', at: t0 + 1_000 };
    return this.deps.writePath.run<Job>({
      ...originOf(ada), reads: [], decide: (draft) => draft.createJob(kind, newId(t0), create as never),
    });
  }

  /** Whose turn it is, by kind. */
  async take(kind: 'errand' | 'parcel'): Promise<readonly string[]> {
    const [types, { claims }] = kind === 'errand' ? [['import'], errand.lifecycle] : [['north'], parcel.lifecycle];
    await this.store.work.admit(this.now);
    return (await this.store.work.claim(asked({ kind, claims, types, now: this.now }))).map(({ job }) => job.id);
  }

  async end(id: string, how: 'succeeded' | 'failed' | 'canceled'): Promise<void> {
    if (how === 'canceled') {
      await accepted(cancelJob(this.deps, ada, id));
      return;
    }
    if (how === 'failed') {
      await accepted(this.say(id, { type: 'expire', reason: 'late', onlyOverdue: false }));
      return;
    }
    const { kind, lease } = await this.job(id);
    const type = kind === 'errand' ? 'complete' : 'deliver';
    await accepted(this.say(id, { type, token: lease?.token, result: null }));
  }

  say(id: string, command: object): Promise<Result<Job>> {
    return onAnyJob(this.deps, id, command as never);
  }

  /** Delivers what the outbox has; `dies`: before it notes that it did so. */
  async relay({ dies = false } = {}): Promise<void> {
    const { outbox } = this.store;
    const killed = {
      claim: outbox.claim.bind(outbox), size: outbox.size.bind(outbox), retry: async () => {},
      done: () => Promise.reject(new Error('killed')),
    } as unknown as Outbox;
    const deliver: Deliver = async (messages) => {
      for (const { jobId, payload } of messages) await tellOfEnd(this.deps, jobId, payload as DependencyNews);
    };
    await relayOnce({
      outbox: dies ? killed : outbox, deliverers: { [dependentsTopic]: deliver }, clock: { now: () => this.now },
      logger: createMemoryLogger(), random: () => 0,
    });
  }

  async job(id: string): Promise<Job<{ readonly waitsFor: readonly string[] }>> {
    const job = await this.store.jobs.get(id);
    if (job === null) throw new Error(`there is no job ${id}`);
    return job as Job<{ readonly waitsFor: readonly string[] }>;
  }
}

let one: Server;
let other: Server;
beforeEach(() => {
  file = createSqliteFile();
  [one, other] = [new Server(), new Server()];
});
afterEach(() => file.remove());

describe('jobs of two kinds, at two servers, that wait for each other', () => {
  it('begin one after the other', async () => {
    const first = await accepted(one.submit('parcel'));
    const second = await accepted(other.submit('errand', [first.id]));
    const third = await accepted(one.submit('parcel', [second.id, first.id]));
    expect(await other.take('errand')).toEqual([]);
    expect(await one.take('parcel')).toEqual([first.id]);
    await other.end(first.id, 'succeeded');
    await one.relay();
    expect(await one.take('parcel')).toEqual([]);
    expect(await other.take('errand')).toEqual([second.id]);
    await one.end(second.id, 'succeeded');
    await other.relay();
    expect(await one.take('parcel')).toEqual([third.id]);
  });

  it.each([
    ['failed', 'cancel', 'canceled'], ['canceled', 'cancel', 'canceled'], ['failed', 'run', 'waiting'],
    ['canceled', 'run', 'waiting'],
  ] as const)('hear that one %s, also before they are made, and with "%s" are %s', async (how, then, phase) => {
    const first = await accepted(one.submit('parcel'));
    const second = await accepted(other.submit('errand', [first.id], then));
    await one.end(first.id, how);
    expect((await other.job(second.id)).fields.waitsFor).toEqual([first.id]);
    await other.relay();
    const later = await accepted(other.submit('errand', [first.id], then));
    for (const { id } of [second, later]) {
      expect(await one.job(id)).toMatchObject({ phase, fields: { waitsFor: [] } });
    }
    expect(await one.take('errand')).toEqual(phase === 'waiting' ? [second.id, later.id] : []);
  });

  it('are canceled along a whole chain', async () => {
    const first = await accepted(one.submit('errand'));
    const second = await accepted(one.submit('parcel', [first.id]));
    const third = await accepted(other.submit('errand', [second.id]));
    await one.end(first.id, 'canceled');
    for (const server of [other, one]) await server.relay();
    for (const { id } of [first, second, third]) expect((await one.job(id)).phase).toBe('canceled');
  });

  it('are told by another server, and once, though servers are killed before they tell and after', async () => {
    const first = await accepted(one.submit('parcel'));
    const second = await accepted(one.submit('errand', [first.id]));
    const third = await accepted(one.submit('parcel', [first.id]));
    expect(await one.take('parcel')).toEqual([first.id]);
    await one.end(first.id, 'succeeded');
    expect((await other.job(second.id)).fields.waitsFor).toEqual([first.id]);
    await other.relay({ dies: true });
    const told = await Promise.all([second, third].map(({ id }) => one.job(id)));
    expect(told.map(({ fields }) => fields.waitsFor)).toEqual([[], []]);
    expect(await one.store.outbox.size()).toBe(1);
    one.now += 3_600_000;
    await one.relay();
    expect(await one.store.outbox.size()).toBe(0);
    expect(await Promise.all([second, third].map(({ id }) => one.job(id)))).toEqual(told);
  });

  it('are told of the end of one that was deleted at once', async () => {
    const first = await accepted(one.submit('parcel'));
    const second = await accepted(one.submit('errand', [first.id]));
    await one.end(first.id, 'failed');
    expect(await one.store.retention.removeJobs([first.id])).toEqual([first.id]);
    await other.relay();
    expect((await one.job(second.id)).phase).toBe('canceled');
    // It can begin again without.
    await accepted(retryJob(other.deps, {}, ada, second));
    expect(await other.take('errand')).toEqual([second.id]);
  });

  it('that begin again wait again for what has not ended, and for nothing else', async () => {
    const [first, failed] = [await accepted(one.submit('parcel')), await accepted(one.submit('parcel'))];
    const second = await accepted(other.submit('errand', [first.id, failed.id]));
    for (const { id } of [first, failed]) await one.end(id, 'failed');
    await other.relay();
    expect((await one.job(second.id)).phase).toBe('canceled');
    for (const job of [first, second]) await accepted(retryJob(other.deps, {}, ada, job));
    expect((await one.job(second.id)).fields.waitsFor).toEqual([first.id]);
    expect(await one.take('parcel')).toEqual([first.id]);
    await other.end(first.id, 'succeeded');
    await one.relay();
    expect(await one.take('errand')).toEqual([second.id]);
  });
});

describe('a job that is to wait for another', () => {
  it('is refused when there is none, or none for its owner', async () => {
    const first = await accepted(one.submit('parcel'));
    const refusal = { code: 'invalid_request', details: { fields: { dependsOn: 'unknown' } } };
    expect(await one.submit('errand', [newId(t0)])).toMatchObject({ ok: false, refusal });
    expect(await other.submit('errand', [first.id], 'cancel', as('eve'))).toMatchObject({ ok: false, refusal });
  });

  it('is refused when nothing can wait for jobs of that kind, ended or not', async () => {
    const rung = await accepted(one.remind(reminder as never));
    const refusal = { code: 'invalid_request', message: expect.stringContaining('of the kind reminder') };
    expect(await one.submit('errand', [rung.id])).toMatchObject({ ok: false, refusal });
    expect(await one.say(rung.id, { type: 'addDependent', jobId: newId(t0) })).toMatchObject({ ok: false, refusal });
    await accepted(one.say(rung.id, { type: 'expire', reason: 'now', onlyOverdue: false }));
    expect(await one.submit('errand', [rung.id])).toMatchObject({ ok: false, refusal });
  });

  it('is not made when the other takes no notice of it, since it would wait without end', async () => {
    const { id } = await accepted(one.remind(deaf));
    await expect(one.submit('errand', [id])).rejects.toThrow(InvariantViolation);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { onAnyJob } from '../../src/application/jobs/on-any-job.ts';
import { counterRef } from '../../src/application/write-path/counting.ts';
import { WritePath, type Operation } from '../../src/application/write-path/write-path.ts';
import { ok, refuse } from '../../src/domain/errors.ts';
import type { Decision, Effect, Kind, StandardCommand } from '../../src/domain/job/kind.ts';
import type { JobBirth, JobEvent } from '../../src/domain/job/job.ts';
import { Kinds } from '../../src/domain/kinds.ts';
import { defineLifecycle } from '../../src/domain/lifecycle.ts';
import { counters } from '../../src/ports/store/counters.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { MemoryCommitStore } from './memory-commit-store.ts';

type Event = (JobBirth & { readonly type: 'Shelved' }) | (JobEvent & { readonly type: 'Removed' });
type Command = StandardCommand | { readonly type: 'create' };

const counted = (by: number): Effect => ({ type: 'count', counter: 'crates', scope: 'shelf 7', key: '', by });
const decided = (event: Event, by: number): Decision<Event> => ({ events: [event], effects: [counted(by)] });

/** Takes a place on a shelf until it expires. */
const crate: Kind<null, Command, Event> = {
  name: 'crate',
  lifecycle: defineLifecycle({
    kind: 'crate',
    states: {
      shelved: { phase: 'waiting', description: 'On the shelf.' }, gone: { phase: 'failed', description: 'Removed.' },
    },
    transitions: [
      { from: null, command: 'create', to: 'shelved' }, { from: 'shelved', command: 'expire', to: 'gone' },
    ],
  }),
  access: { role: 'user', sees: 'own' },
  internal: false,
  create: () => ok(decided({ type: 'Shelved', state: 'shelved', ownerId: 'ada', traceparent: null }, 1)),
  decide: (job, { type }) => ok(
    type === 'expire' && job.state === 'shelved' ? decided({ type: 'Removed', state: 'gone' }, -1)
      : type === 'cancel' ? decided({ type: 'Removed', state: 'gone' }, -2)
      : { events: [], effects: [] },
  ),
  begin: () => null,
  evolve: () => ({ fields: null }),
  itemCount: () => 0,
  logged: () => ({ costEstimate: 0, error: null }),
};

let store: MemoryCommitStore;
let writePath: WritePath;
const key = { kind: 'crates', scope: 'shelf 7', key: '' };
const places = 4;

beforeEach(() => {
  store = new MemoryCommitStore();
  writePath = new WritePath({ store, clock: createFakeClock() });
});

function shelving(id: string): Operation<string> {
  return {
    actor: 'ada', correlationId: id, reads: [counterRef(key)],
    decide: (draft) => {
      const taken = draft.record(counters, ['crates', 'shelf 7', ''])?.value ?? 0;
      if (taken >= places) return refuse('conflict', 'The shelf is full.');
      const made = draft.createJob(crate, id, { type: 'create' });
      return made.ok ? ok(made.value.id) : made;
    },
  };
}

async function taken(): Promise<number | undefined> {
  const { records } = await store.load({
    jobs: [], accounts: [], reservations: [], idempotency: [],
    records: [{ table: counters, key: ['crates', 'shelf 7', ''] }],
  });
  return (records[0]?.row as { readonly value: number } | undefined)?.value;
}

describe('the effect count', () => {
  it('changes the counter in the commit of its job', async () => {
    await writePath.run(shelving('a'));
    expect(store.stored.map(({ jobs, records }) => [jobs.length, records.length])).toEqual([[1, 1]]);
    expect(await taken()).toBe(1);
  });

  it('keeps a limit that is read beside it, however many ask at once on two servers', async () => {
    const other = new WritePath({ store, clock: createFakeClock() });
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? writePath : other).run(shelving(`crate ${at}`))),
    );
    expect([made.filter((one) => one.ok).length, await taken()]).toEqual([places, places]);
  });

  it('gives the place back when the server ends the job, although nobody named the counter beforehand', async () => {
    await writePath.run(shelving('a'));
    writePath = new WritePath({ store, clock: createFakeClock() });
    const deps = { writePath, kinds: new Kinds([crate as never]) };
    const expiring = { type: 'expire', reason: '', onlyOverdue: false } as const;
    expect(await onAnyJob(deps, 'a', expiring)).toMatchObject({ ok: true, value: { state: 'gone' } });
    await onAnyJob(deps, 'a', expiring);
    expect(await taken()).toBe(0);
  });

  it('never makes a counter less than nothing: the commit fails whole', async () => {
    await writePath.run(shelving('a'));
    const deps = { writePath, kinds: new Kinds([crate as never]) };
    await expect(onAnyJob(deps, 'a', { type: 'cancel' })).rejects.toThrow('2 of 1 crates of shelf 7');
    expect(await taken()).toBe(1);
  });
});

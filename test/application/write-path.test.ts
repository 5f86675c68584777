import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { commands } from '../domain/image-sets.ts';
import { MemoryCommitStore } from './memory-commit-store.ts';
import { commanding, creating, failing, granting, planning } from './operations.ts';

const { confirm, execute, done, cancel } = commands;
const clock = createFakeClock();

let store: MemoryCommitStore;
let path: WritePath;

beforeEach(() => {
  store = new MemoryCommitStore();
  path = new WritePath({ store, clock });
});

/** Keeps the next commit waiting; `began` says that the store has it. */
function holdNextCommit(): { readonly began: Promise<void>; readonly release: () => void } {
  const began = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  store.onCommit = async () => {
    store.onCommit = async () => {};
    began.resolve();
    await released.promise;
  };
  return { began: began.promise, release: () => released.resolve() };
}

describe('group commit', () => {
  it('stores commands that arrive in one turn together', async () => {
    const created = await Promise.all(['a', 'b', 'c'].map((id) => path.run(creating(id, `user ${id}`))));
    expect(created.map((one) => one.ok && one.value)).toEqual(['a', 'b', 'c']);
    expect(store.stored.map(({ jobs }) => jobs.length)).toEqual([3]);
  });

  it('stores commands together that sockets bring in one turn', async () => {
    const answered: Promise<unknown>[] = [];
    let accepted = 0;
    const server = createServer((socket) => {
      accepted += 1;
      socket.once('data', (id) => answered.push(path.run(creating(`job ${id}`, `user ${id}`))));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sockets = await Promise.all(Array.from({ length: 20 }, async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    }));
    await expect.poll(() => accepted).toBe(20);
    sockets.forEach((socket, at) => socket.write(String(at)));
    // On a busy machine the system takes a moment to deliver them.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    await expect.poll(() => store.stored.flatMap(({ jobs }) => jobs).length).toBe(20);
    await Promise.all(answered);
    for (const socket of sockets) socket.destroy();
    server.close();
    expect(store.stored.length).toBeLessThanOrEqual(3);
  });

  it('stores commands that arrive during a commit with the next one', async () => {
    const held = holdNextCommit();
    const first = path.run(creating('first', 'ada'));
    await held.began;
    const others = Array.from({ length: 20 }, (_, at) => path.run(creating(`job ${at}`, `user ${at}`)));
    held.release();
    await Promise.all([first, ...others]);
    expect(store.stored.map(({ jobs }) => jobs.length)).toEqual([1, 20]);
  });

  it('puts no more than a full batch into a commit', async () => {
    path = new WritePath({ store, clock, maxBatch: 8 });
    await Promise.all(Array.from({ length: 20 }, (_, at) => path.run(creating(`job ${at}`, `user ${at}`))));
    expect(store.stored.map(({ jobs }) => jobs.length)).toEqual([8, 8, 4]);
  });

  it('puts fewer commands into a commit when they are large', async () => {
    const bytes = 200_000;
    const heavy = Array.from({ length: 5 }, (_, at) => path.run({ ...creating(`job ${at}`, `user ${at}`), bytes }));
    const huge = path.run({ ...creating('huge', 'ada'), bytes: 5_000_000 });
    await Promise.all([...heavy, huge, path.run(creating('small', 'ben'))]);
    expect(store.stored.map(({ jobs }) => jobs.length)).toEqual([2, 2, 1, 1, 1]);
  });

  it('answers no command before its commit is stored', async () => {
    const held = holdNextCommit();
    let answered = false;
    const running = path.run(creating('a', 'ada')).then(() => (answered = true));
    await held.began;
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    held.release();
    await running;
  });

  it('commits nothing when nothing changes', async () => {
    await path.run(commanding('nobody', cancel()));
    expect(store.stored).toEqual([]);
  });

  it('tells when a commit has put something into the outbox, and only then', async () => {
    let said = 0;
    path = new WritePath({ store, clock, onStored: ({ outbox }) => outbox.length > 0 && (said += 1) });
    await path.run(creating('a', 'ada', 2));
    await path.run(commanding('a', confirm(1)));
    expect(said).toBe(0);
    await path.run(commanding('a', execute()));
    expect(said).toBe(1);
    expect(store.outbox).toMatchObject([{ topic: 'queue:gpu-jobs', jobId: 'a' }]);
  });

  it('reports how many commands shared a commit', async () => {
    const sizes: number[] = [];
    path = new WritePath({ store, clock, onCommit: (size) => sizes.push(size) });
    await Promise.all([path.run(creating('a', 'ada')), path.run(granting('bob', 5))]);
    expect(sizes).toEqual([2]);
  });
});

describe('commands in one batch', () => {
  it('see what the commands before them changed', async () => {
    const whole = await Promise.all([
      path.run(creating('a', 'ada', 2)),
      path.run(commanding('a', confirm(2))),
      path.run(commanding('a', execute())),
      path.run(commanding('a', done(0))),
      path.run(commanding('a', done(1))),
      path.run(commanding('a', done(1))),
    ]);
    expect(whole.map((one) => one.ok && one.value)).toEqual(['a', 'uploaded', 'queued', 'running', 'done', 'done']);
    expect(store.stored.length).toBe(1);
    expect(store.events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(store.accounts.get('ada')).toMatchObject({ available: 8, reserved: 0, spent: 2, activeJobs: 0, version: 1 });
  });

  it('take the last slot once', async () => {
    const both = await Promise.all([path.run(creating('a', 'ada')), path.run(creating('b', 'ada'))]);
    expect(both[0]).toEqual({ ok: true, value: 'a' });
    expect(both[1]).toMatchObject({ ok: false, refusal: { code: 'concurrency_limit' } });
  });

  it('take the last credits once', async () => {
    await path.run(planning('ada', 'pro'));
    const both = await Promise.all([path.run(creating('a', 'ada', 6)), path.run(creating('b', 'ada', 6))]);
    expect(both[1]).toMatchObject({ ok: false, refusal: { code: 'insufficient_credits', details: { available: 4 } } });
  });

  it('leave nothing behind when refused', async () => {
    await Promise.all([
      path.run(creating('too large', 'ada', 11)),
      path.run(granting('bob', 5)),
      path.run(commanding('nobody', cancel())),
    ]);
    expect([...store.accounts.keys()]).toEqual(['bob']);
    expect([store.jobs.size, store.events.length, store.reservations.size]).toEqual([0, 0, 0]);
    expect(store.ledger.every(({ accountId }) => accountId === 'bob')).toBe(true);
  });

  it('are stored beside one that throws', async () => {
    const [before, broken, after] = await Promise.allSettled([
      path.run(creating('a', 'ada')),
      path.run(failing('a bug')),
      path.run(creating('b', 'bob')),
    ]);
    expect([before.status, broken.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(broken).toMatchObject({ reason: { message: 'a bug' } });
    expect(store.stored.map(({ jobs }) => jobs.length)).toEqual([2]);
  });

  it('leave nothing behind of one that throws half-way', async () => {
    const half = creating('half', 'ada');
    const broken = path.run({
      ...half,
      decide: (draft) => {
        half.decide(draft);
        throw new Error('half-way');
      },
    });
    await expect(broken).rejects.toThrow('half-way');
    const next = await path.run(creating('whole', 'ada'));
    expect(next).toEqual({ ok: true, value: 'whole' });
    expect([...store.jobs.keys()]).toEqual(['whole']);
  });
});

describe('state that a decision needs and the command did not name', () => {
  it('is loaded when the decision asks for it', async () => {
    const other = new WritePath({ store, clock });
    await other.run(creating('a', 'ada', 2));
    expect(await path.run(commanding('a', confirm(1)))).toEqual({ ok: true, value: 'uploaded' });
    expect(store.accounts.get('ada')).toMatchObject({ available: 9, reserved: 1 });
  });

  it('is loaded for all of a batch at once', async () => {
    const other = new WritePath({ store, clock });
    const users = Array.from({ length: 10 }, (_, at) => `user ${at}`);
    await Promise.all(users.map((user) => other.run(creating(`job of ${user}`, user, 2))));
    store.loads.length = 0;
    await Promise.all(users.map((user) => path.run(commanding(`job of ${user}`, confirm(1)))));
    expect(store.loads.map((load) => [load.jobs.length, load.reservations.length, load.accounts.length])).toEqual([
      [10, 0, 0], [0, 10, 0], [0, 0, 10],
    ]);
  });

  it('is remembered for the batches that follow', async () => {
    await path.run(creating('a', 'ada', 2));
    store.loads.length = 0;
    await path.run(commanding('a', confirm(2)));
    await path.run(commanding('a', execute()));
    await path.run(commanding('a', done(0)));
    await path.run(commanding('a', done(1)));
    expect(store.jobs.get('a')?.state).toBe('done');
    expect(store.loads).toEqual([]);
  });

  it('is loaded again when it was evicted to make room', async () => {
    path = new WritePath({ store, clock, cacheSize: 3 });
    const users = Array.from({ length: 10 }, (_, at) => `user ${at}`);
    for (const user of users) await path.run(creating(`job of ${user}`, user, 2));
    const states = [];
    for (const user of users) states.push(await path.run(commanding(`job of ${user}`, confirm(1))));
    expect(new Set(states.map((one) => one.ok && one.value))).toEqual(new Set(['uploaded']));
    expect(users.map((user) => store.accounts.get(user)?.reserved)).toEqual(users.map(() => 1));
  });
});

describe('commands beyond those that may wait', () => {
  it('are refused at once, and the waiting ones are served', async () => {
    path = new WritePath({ store, clock, maxBatch: 2, maxWaiting: 4 });
    const held = holdNextCommit();
    const first = path.run(creating('first', 'ada'));
    await held.began;
    const waiting = Array.from({ length: 4 }, (_, at) => path.run(creating(`job ${at}`, `user ${at}`)));
    const refused = await path.run(creating('one too many', 'bob'));
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'unavailable', retryable: true } });
    held.release();
    const served = await Promise.all([first, ...waiting]);
    expect(served.every((one) => one.ok)).toBe(true);
    expect(await path.run(creating('later', 'bob'))).toEqual({ ok: true, value: 'later' });
  });
});

describe('draining', () => {
  it('waits for commands under way and commands that wait', async () => {
    path = new WritePath({ store, clock, maxBatch: 1 });
    const held = holdNextCommit();
    void path.run(creating('a', 'ada'));
    await held.began;
    void path.run(creating('b', 'bob'));
    held.release();
    await path.drain();
    expect(store.stored.length).toBe(2);
  });

  it('ends at once when there is nothing to do', async () => {
    await expect(path.drain()).resolves.toBeUndefined();
  });

  it('waits for commands that arrive meanwhile', async () => {
    const first = path.run(creating('a', 'ada'));
    const second = first.then(() => path.run(creating('b', 'bob')));
    await path.drain();
    await second;
    expect(store.stored.length).toBe(2);
  });
});

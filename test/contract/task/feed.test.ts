import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, runtime, type Target } from '../target.ts';
import { newUser, request, type User } from '../user.ts';
import { newType, newWorker, submit } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

interface Fed {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, any>>;
}

/** A stream of events as a program that knows what it has seen has it. */
class Following {
  /** Of the last thing that was sent, an event or only where the feed is. */
  id = '';
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #events: Fed[] = [];
  #text = '';

  constructor(response: Response) {
    expect(response.status).toBe(200);
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event; null at the end. */
  async next(): Promise<Fed | null> {
    while (this.#events.length === 0) if (!(await this.#read())) return null;
    return this.#events.shift() ?? null;
  }

  /** Up to the first that is as wanted. */
  async until(isLast: (fed: Fed) => boolean): Promise<Fed[]> {
    for (const events: Fed[] = []; ; ) {
      const fed = await this.next();
      if (fed === null) throw new Error(`the stream ended after ${events.map(({ event }) => event).join(', ')}`);
      events.push(fed);
      if (isLast(fed)) return events;
    }
  }

  /** Once the server has said where it begins, nothing is missed. */
  async begun(): Promise<this> {
    while (this.id === '') await this.#read();
    return this;
  }

  /** Breaks the connection. */
  leave(): Promise<void> {
    return this.#reader.cancel();
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (done) return false;
    this.#text += value;
    for (let end = this.#text.indexOf('\n\n'); end !== -1; end = this.#text.indexOf('\n\n')) {
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      this.id = field('id') ?? this.id;
      const data = field('data');
      if (data !== undefined) this.#events.push({ id: this.id, event: field('event') ?? '', data: JSON.parse(data) });
    }
    return true;
  }
}

const open = (user: string, query = '', headers: HeadersInit = {}, url = target.url): Promise<Response> =>
  fetch(`${url}/api/events${query}`, { headers: { authorization: `Bearer ${user}`, ...headers } });

async function follow(user: string, query = '', headers: HeadersInit = {}, url = target.url): Promise<Following> {
  return new Following(await open(user, query, headers, url)).begun();
}

const namesOf = (events: readonly Fed[]): string[] => events.map(({ event }) => event);

/** A task that is done at once, by a worker at the other server where there are two. */
async function done(user: User, type = newType()): Promise<string> {
  const worker = newWorker(target);
  const { id } = await submit(user, { type });
  const [lease] = await worker.take(type);
  await worker.report({ leaseId: lease?.leaseId, type: 'complete', result: { n: 1 } });
  return id;
}

describe('GET /api/events', () => {
  test('has the events of all of a user’s jobs, of whatever kind, from now on', async (ctx) => {
    ctx.skip(runtime === 'worker', 'on Cloudflare events of image sets are in their own objects, and in no feed');
    const [user, other] = [newUser(target), newUser(target)];
    await submit(user);
    const following = await follow(user.id);
    const [type, theirs] = [newType(), await submit(other)];
    const id = await done(user, type);
    const { jobId: set } = await user.create(1);
    const events = await following.until(({ data }) => data['kind'] === 'image-set');
    expect(namesOf(events.filter(({ data }) => data['jobId'] === id))).toEqual([
      'TaskCreated', 'TaskStarted', 'TaskCompleted',
    ]);
    expect(events.some(({ data }) => data['jobId'] === theirs.id)).toBe(false);
    expect(events.at(-1)?.data).toMatchObject({ jobId: set, kind: 'image-set', sequence: 1 });
    const completed = events.find(({ event }) => event === 'TaskCompleted');
    expect(completed?.data).toMatchObject({
      sequence: 3, type: 'TaskCompleted', status: 'completed', jobType: type, data: { result: { n: 1 } },
      specversion: '1.0', id: `${id}/3`, source: '/api/jobs', subject: id, time: completed?.data['at'],
    });
    expect(completed?.data).not.toHaveProperty('ownerId');
    await following.leave();
  });

  test('has the same events as the list of a job’s events', async () => {
    const user = newUser(target);
    const following = await follow(user.id);
    const id = await done(user);
    const streamed = await following.until(({ event }) => event === 'TaskCompleted');
    const { events } = (await user.get(`/api/jobs/${id}/events`)).body.data;
    expect(streamed.map(({ data }) => data)).toMatchObject(events);
    await following.leave();
  });

  test('says what a worker reported, and not under which lease, as the list of the job’s events does', async () => {
    const [user, worker] = [newUser(target), newWorker(target)];
    const { id, type } = await submit(user);
    const take = async () => (await worker.take(type as string))[0]?.leaseId;
    let leaseId = await take();
    await worker.report(
      { leaseId, number: 1, type: 'progress', processed: 1, total: 2 },
      { leaseId, number: 2, type: 'cost', microUsd: 5 }, { leaseId, number: 3, type: 'error', message: 'odd' },
      { leaseId, type: 'release' },
    );
    leaseId = await take();
    await worker.report({ leaseId, type: 'fail', message: 'no', retryAfterMs: 0 });
    leaseId = await take();
    await worker.report({ leaseId, type: 'complete', result: 1 });
    const following = await follow(user.id, '?after=0');
    const streamed = (await following.until(({ event }) => event === 'TaskCompleted')).map(({ data }) => data);
    await following.leave();
    const { events } = (await user.get(`/api/jobs/${id}/events`)).body.data;
    for (const list of [streamed, events]) {
      expect(list.map(({ type: name, data }: Fed['data']) => [name, Object.keys(data as object).toSorted()])).toEqual([
        ['TaskCreated', ['input', 'jobType', 'ownerId', 'runAt', 'totalItems', 'traceparent', 'waitsFor']],
        ['TaskStarted', ['attempt', 'workerId']],
        ['ProgressReported', ['processed', 'total']],
        ['CostReported', ['costMicroUsd', 'microUsd']],
        ['ErrorReported', ['error']],
        ['TaskReleased', ['attempt']],
        ['TaskStarted', ['attempt', 'workerId']],
        ['AttemptFailed', ['error', 'runAt']],
        ['TaskStarted', ['attempt', 'workerId']],
        ['TaskCompleted', ['result']],
      ]);
    }
  });

  test.each([
    ['label=preset', 'label.0'], ['label=:x', 'label.0'], ['label=a:1&label=a:2', 'label'], ['after=x', 'after'],
  ])('refuses %s by the name of the parameter', async (query, field) => {
    const response = await open(newUser(target).id, `?${query}`);
    const { error } = (await response.json()) as { error: { details: { fields: object } } };
    expect([response.status, Object.keys(error.details.fields)]).toEqual([400, [field]]);
  });

  test('has the events of all users for an administrator, with their owner, or those of one', async () => {
    const [user, other] = [newUser(target), newUser(target)];
    const [all, one] = [await follow('admin'), await follow('admin', `?owner=${user.id}`)];
    const ids = [(await submit(other)).id, (await submit(user)).id];
    const seen = await all.until(({ data }) => data['jobId'] === ids[1]);
    expect(seen.filter(({ data }) => ids.includes(data['jobId'])).map(({ data }) => data['ownerId'])).toEqual([
      other.id, user.id,
    ]);
    expect((await one.next())?.data).toMatchObject({ jobId: ids[1], ownerId: user.id });
    expect((await open(user.id, `?owner=${other.id}`)).status).toBe(403);
    await Promise.all([all.leave(), one.leave()]);
  });

  test('can be limited to kinds, types of events, types of jobs, jobs and labels', async (ctx) => {
    ctx.skip(runtime === 'worker', 'on Cloudflare events of image sets are in their own objects, and in no feed');
    const user = newUser(target);
    const [type, otherType] = [newType(), newType()];
    const ended = await follow(user.id, '?type=TaskCompleted,TaskFailed');
    const ofType = await follow(user.id, `?type=${type}`);
    const sets = await follow(user.id, '?kind=image-set');
    const labelled = await follow('admin', '?label=preset:seller');
    const first = await done(user, otherType);
    const ofJob = await follow(user.id, `?job=${first}&after=0`);
    const second = await done(user, type);
    await newUser(target).create(1);
    const { jobId: set } = await user.create(1, 'seller');
    expect((await ended.until(({ data }) => data['jobId'] === second)).map(({ event, data }) => [event, data['jobId']]))
      .toEqual([['TaskCompleted', first], ['TaskCompleted', second]]);
    expect(namesOf(await ofType.until(({ event }) => event === 'TaskCompleted'))).toEqual([
      'TaskCreated', 'TaskStarted', 'TaskCompleted',
    ]);
    expect(namesOf(await ofJob.until(({ event }) => event === 'TaskCompleted'))).toHaveLength(3);
    expect((await sets.next())?.data).toMatchObject({ kind: 'image-set', jobId: set });
    expect((await labelled.next())?.data).toMatchObject({ jobId: set });
    await Promise.all([ended, ofType, sets, labelled, ofJob].map((each) => each.leave()));
  });

  test('goes on after Last-Event-ID at either server, and misses nothing of what happened meanwhile', async () => {
    const user = newUser(target);
    const first = await follow(user.id);
    const ids = [await done(user)];
    await first.until(({ event }) => event === 'TaskCompleted');
    await first.leave();
    ids.push(await done(user));
    const again = await follow(user.id, '', { 'last-event-id': first.id }, target.workerUrl);
    ids.push(await done(user));
    const rest = await again.until(({ event, data }) => event === 'TaskCompleted' && data['jobId'] === ids[2]);
    expect(rest.map(({ event, data }) => [event, data['jobId']])).toEqual(
      ids.slice(1).flatMap((id) => ['TaskCreated', 'TaskStarted', 'TaskCompleted'].map((event) => [event, id])),
    );
    await again.leave();
    const all = await follow(user.id, '?after=0');
    const everything = await all.until(({ event, data }) => event === 'TaskCompleted' && data['jobId'] === ids[2]);
    expect(everything).toHaveLength(9);
    await all.leave();
  });

  test('sends its position to followers without matching events, so that they can resume', async () => {
    const [user, other] = [newUser(target), newUser(target)];
    const begin = await follow(other.id);
    await done(other);
    await begin.until(({ event }) => event === 'TaskCompleted');
    const quiet = await follow(user.id, '', { 'last-event-id': begin.id });
    // Where other files of tests use the same server, it may have gone on.
    if (runtime !== 'worker') expect(quiet.id).toBe(begin.id);
    else expect(Number(quiet.id)).toBeGreaterThanOrEqual(Number(begin.id));
    await Promise.all([quiet.leave(), begin.leave()]);
  });

  test.each([
    ['a position that it did not issue', '?after=yesterday', 'after'],
    ['a position beyond the last', '?after=999999999999999.1', 'after'],
    ['an unknown kind', '?kind=nothing', 'kind'],
    ['101 types', `?type=${Array.from({ length: 101 }, (_, n) => n).join()}`, 'type'],
  ])('answers 400 to %s, naming the parameter', async (_, query, field) => {
    const response = await open(newUser(target).id, query);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { details: { fields: object } } };
    expect(Object.keys(error.details.fields)[0]).toContain(field);
  });

  test('has room for 100 streams of a user, and for others beside', async () => {
    const [user, other] = [newUser(target), newUser(target)];
    const opened = await Promise.all(Array.from({ length: 100 }, () => follow(user.id)));
    const refused = await open(user.id);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    const theirs = await follow(other.id);
    const { id } = await submit(user);
    for (const each of opened) expect((await each.next())?.data['jobId']).toBe(id);
    await Promise.all([...opened, theirs].map((each) => each.leave()));
    // The local runtime of the Worker notices that a client has gone when it sends the next heartbeat, after 15 s.
    const timeout = runtime === 'worker' ? 40_000 : 15_000;
    await expect.poll(async () => (await open(user.id)).status, { timeout }).toBe(200);
  });

  test('ends with the API key that it was opened with', async () => {
    const user = newUser(target);
    const { data: key } = (await user.post('/api/tokens', { name: 'one' })).body;
    const following = await follow(key.key);
    await request(`${target.url}/api/tokens/${key.tokenId}`, 'DELETE', undefined, {
      authorization: `Bearer ${user.id}`,
    });
    expect(await following.next()).toBeNull();
  });

  test('ends when the server shuts down, so that the client goes to another', async (ctx) => {
    ctx.skip(runtime === 'worker', 'a Worker never shuts down');
    const closing = await openTarget();
    const following = await follow('mira', '', {}, closing.url);
    const next = following.next();
    await closing.close();
    expect(await next).toBeNull();
  });
});

/** Somebody whose connection breaks all the time, and who comes back to one server or the other, up to a last type. */
async function restlessly(first: Following, urls: readonly string[], last: string): Promise<readonly Fed[]> {
  const events: Fed[] = [];
  for (let following = first; ; ) {
    for (let n = events.length % 7; n >= 0; n--) {
      const fed = await following.next();
      if (fed === null) throw new Error('the stream ended');
      events.push(fed);
      if (fed.data['jobType'] === last) return events;
    }
    await following.leave();
    const url = urls[events.length % urls.length];
    following = await follow('admin', '', { 'last-event-id': events.at(-1)?.id ?? '' }, url);
  }
}

describe('followers of a server under load', () => {
  const [writers, each] = [8, 12];

  test('miss no event, get none twice, and get each job’s in order, at every server', async () => {
    const users = Array.from({ length: writers }, () => newUser(target));
    const everywhere = [...new Set([target.url, target.workerUrl])];
    const own = await Promise.all(everywhere.flatMap((url) => users.map((user) => follow(user.id, '', {}, url))));
    const all = await Promise.all(everywhere.map((url) => follow('admin', '', {}, url)));
    const last = newType();
    const restless = restlessly(await follow('admin'), everywhere, last);
    // Commits of both servers: submitted at one, done at the other.
    const ids = await Promise.all(users.map(async (user) => {
      const mine: string[] = [];
      for (let n = 0; n < each; n++) mine.push(await done(user));
      return mine;
    }));
    const wholly = (events: readonly Fed[], those: readonly string[]): void => {
      const ofThose = events.filter(({ data }) => those.includes(data['jobId']));
      const byJob = Map.groupBy(ofThose, ({ data }) => data['jobId']);
      expect([...byJob.keys()].toSorted()).toEqual(those.toSorted());
      for (const [id, ofJob] of byJob) expect(ofJob.map(({ data }) => data['sequence']), id).toEqual([1, 2, 3]);
    };
    const upToLast = async (following: Following, those: readonly string[]): Promise<Fed[]> => {
      let left = those.length;
      return following.until(({ event, data }) => {
        if (event === 'TaskCompleted' && those.includes(data['jobId'])) left -= 1;
        return left === 0;
      });
    };
    for (const [index, following] of own.entries()) {
      const mine = ids[index % writers] ?? [];
      const events = await upToLast(following, mine);
      expect(events).toHaveLength(3 * each);
      wholly(events, mine);
    }
    for (const following of all) wholly(await upToLast(following, ids.flat()), ids.flat());
    await submit(newUser(target), { type: last });
    wholly(await restless, ids.flat());
    await Promise.all([...own, ...all].map((following) => following.leave()));
  }, 60_000);
});

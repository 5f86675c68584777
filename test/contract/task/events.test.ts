import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, runtime, type Target } from '../target.ts';
import { newUser } from '../user.ts';
import { ended, eventsIn, newWorker, openEvents, started, submit, untilEnded, type SentEvent } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const names = (events: readonly SentEvent[]): string[] => events.map(({ event }) => event);

describe('GET /api/v1/jobs/:id/events', () => {
  test('streams Server-Sent Events that nothing between may keep, compress or hold back', async () => {
    const user = newUser(target);
    const { id } = await submit(user);
    await user.delete(`/api/v1/jobs/${id}`);
    const response = await openEvents(target, user, `${id}/events`, { 'accept-encoding': 'gzip' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('content-encoding')).toBeNull();
    const text = await response.text();
    expect(text).toMatch(/^retry: 2000\n\n/);
    expect(text).toMatch(/\n\nid: 2\nevent: TaskCanceled\ndata: \{.*"status":"canceled".*\}\n\n$/);
  });

  test('has every change from the first on, and ends when the task has ended', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, leaseId } = await started(user, worker, { data: { a: 1 }, totalItems: 2 });
    await worker.report(
      { leaseId, type: 'progress', processed: 1 }, { leaseId, type: 'error', item: 'x', message: 'odd' },
      { leaseId, type: 'complete', result: { n: 2 } },
    );
    const events = await untilEnded(target, user, id);
    expect(names(events)).toEqual([
      'TaskCreated', 'TaskStarted', 'ProgressReported', 'ErrorReported', 'TaskCompleted',
    ]);
    expect(events.map((event) => event.id)).toEqual([1, 2, 3, 4, 5]);
    for (const { event, data } of events) expect(data).toMatchObject({ type: event, at: expect.stringMatching(/Z$/) });
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(events.map(({ data }) => data)).toMatchObject([
      { status: 'pending', input: { data: { a: 1 } }, totalItems: 2, runAt: at },
      { status: 'processing', attempt: 1, workerId: worker.id },
      { status: null, processed: 1 },
      { status: null, error: { at, item: 'x', message: 'odd' } },
      { status: 'completed', result: { n: 2 } },
    ]);
    // The lease is its worker's secret.
    expect(JSON.stringify(events)).not.toContain('"token"');
  });

  test('sends each change as it happens', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, type } = await submit(user);
    const events = eventsIn(await openEvents(target, user, `${id}/events`));
    const next = async (): Promise<string> => (await events.next()).value.event;
    expect(await next()).toBe('TaskCreated');
    const [lease] = await worker.take(type as string);
    expect(await next()).toBe('TaskStarted');
    await worker.report({ leaseId: lease?.leaseId, type: 'progress', processed: 1, total: 9 });
    expect(await next()).toBe('ProgressReported');
    await user.delete(`/api/v1/jobs/${id}`);
    expect(await next()).toBe('CancelRequested');
    await worker.report({ leaseId: lease?.leaseId, type: 'release' });
    expect(await next()).toBe('TaskCanceled');
    expect(await events.next()).toMatchObject({ done: true });
  });

  test('goes on after Last-Event-ID, which goes before `after`', async () => {
    const user = newUser(target);
    const id = await ended(user, newWorker(target), { type: 'complete' });
    const after = async (path: string, headers?: HeadersInit): Promise<string[]> => {
      const events: SentEvent[] = [];
      for await (const event of eventsIn(await openEvents(target, user, path, headers))) events.push(event);
      return names(events);
    };
    expect(await after(`${id}/events`, { 'last-event-id': '1' })).toEqual(['TaskStarted', 'TaskCompleted']);
    expect(await after(`${id}/events?after=2`)).toEqual(['TaskCompleted']);
    expect(await after(`${id}/events?after=1`, { 'last-event-id': '2' })).toEqual(['TaskCompleted']);
  });

  test('loses nothing and repeats nothing when the connection breaks and the client comes back', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, leaseId } = await started(user, worker);
    const seen: SentEvent[] = [];
    for (let round = 1; round <= 5; round++) {
      const last = String(seen.at(-1)?.id ?? 0);
      const abort = new AbortController();
      const response = await fetch(`${target.url}/api/v1/jobs/${id}/events`, {
        headers: { authorization: `Bearer ${user.id}`, 'last-event-id': last }, signal: abort.signal,
      });
      await worker.report({ leaseId, type: 'progress', processed: round, total: 5 });
      for await (const event of eventsIn(response)) {
        seen.push(event);
        if (event.data['processed'] === round) break;
      }
      abort.abort();
    }
    expect(seen.map((event) => event.id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(seen.slice(2).map(({ data }) => data['processed'])).toEqual([1, 2, 3, 4, 5]);
  });

  test('is 204 for a client that has seen the last event of a task that has ended', async () => {
    const user = newUser(target);
    const id = await ended(user, newWorker(target), { type: 'complete' });
    const events = await untilEnded(target, user, id);
    const last = String(events.at(-1)?.id);
    const response = await openEvents(target, user, `${id}/events`, { 'last-event-id': last });
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  });

  test('goes on with a task that is retried', async () => {
    const user = newUser(target);
    const { id } = await submit(user);
    await user.delete(`/api/v1/jobs/${id}`);
    await user.post(`/api/v1/jobs/${id}/retry`);
    const events = eventsIn(await openEvents(target, user, `${id}/events?after=1`));
    expect((await events.next()).value.event).toBe('TaskCanceled');
    expect((await events.next()).value.event).toBe('TaskRetried');
    await user.delete(`/api/v1/jobs/${id}`);
    expect((await events.next()).value.event).toBe('TaskCanceled');
    expect(await events.next()).toMatchObject({ done: true });
  });

  test.each(['x', '-1', '1.5', '9'.repeat(16)])('answers 400 to the Last-Event-ID %s', async (given) => {
    const user = newUser(target);
    const { id } = await submit(user);
    const response = await openEvents(target, user, `${id}/events`, { 'last-event-id': given });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { details: { fields: object } } };
    expect(Object.keys(error.details.fields)).toEqual(['Last-Event-ID']);
  });

  test('has room for 100 streams of a user, and for others beside', async () => {
    const [user, other] = [newUser(target), newUser(target)];
    const { id } = await submit(user);
    const open = () => openEvents(target, user, `${id}/events`);
    const opened = await Promise.all(Array.from({ length: 100 }, open));
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await open();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limit' } });
    const theirs = await submit(other);
    await other.delete(`/api/v1/jobs/${theirs.id}`);
    expect((await untilEnded(target, other, theirs.id)).length).toBe(2);
    await user.delete(`/api/v1/jobs/${id}`);
    for (const response of opened) expect(await response.text()).toContain('event: TaskCanceled');
    expect((await open()).status).toBe(200);
  });

  test('ends when the server shuts down, so that the client goes to another', async (ctx) => {
    ctx.skip(runtime === 'worker', 'a Worker never shuts down');
    const closing = await openTarget();
    const user = newUser(closing);
    const { id } = await submit(user);
    const events = eventsIn(await openEvents(closing, user, `${id}/events`));
    expect((await events.next()).value.event).toBe('TaskCreated');
    const next = events.next();
    await closing.close();
    expect(await next).toMatchObject({ done: true });
  });
});

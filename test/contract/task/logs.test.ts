import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { eventsIn, failing, newWorker, started, type Lease, type SentEvent, type Worker } from './tasks.ts';

/** The logs of jobs of all kinds, with tasks for an example; lines may come in at another server than they are read. */

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const at = '2026-11-22T09:30:00.000Z';
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ at, level: 'info', message: `line ${from + i}` }));
const log = ({ leaseId }: Lease, from: number, to: number): object => ({
  leaseId, type: 'log', firstLine: from, lines: lines(from, to),
});
const open = (user: User, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${target.url}/api/jobs/${path}`, { headers: { authorization: `Bearer ${user.id}`, ...headers } });

async function working(): Promise<{ user: User; worker: Worker; lease: Lease }> {
  const user = newUser(target);
  const worker = newWorker(target);
  return { user, worker, lease: await started(user, worker) };
}

async function page(user: User, id: string, query = ''): Promise<any> {
  return (await user.get(`/api/jobs/${id}/logs${query}`)).body.data;
}

const messages = (read: { lines: { text: string }[] }): string[] => read.lines.map(({ text }) => text);
const said = (from: number, to: number): string[] => lines(from, to).map(({ message }) => message);

async function take(events: AsyncGenerator<SentEvent>, count: number): Promise<SentEvent[]> {
  const taken: SentEvent[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done === true) return taken;
    taken.push(next.value);
  }
  return taken;
}

describe('GET /api/jobs/:id/logs', () => {
  test('answers lines with their numbers, in pages and from the end', async () => {
    const { user, worker, lease } = await working();
    await worker.report(log(lease, 1, 30), log(lease, 31, 40));
    expect((await page(user, lease.id, '?limit=1')).lines).toEqual([
      { number: 1, at, stream: 'log', level: 'info', attempt: 1, text: 'line 1' },
    ]);
    const first = await page(user, lease.id, '?limit=35');
    expect([messages(first), first.nextAfter, first.lastLine]).toEqual([said(1, 35), 35, 40]);
    expect(messages(await page(user, lease.id, `?after=35&limit=2000`))).toEqual(said(36, 40));
    expect(messages(await page(user, lease.id, '?tail=2'))).toEqual(said(39, 40));
    expect(messages(await page(user, lease.id, '?stream=err'))).toEqual([]);
  });

  test('has each line once, whatever is sent again, and says which numbers there are not', async () => {
    const { user, worker, lease } = await working();
    await worker.report(log(lease, 1, 3));
    await worker.report(log(lease, 1, 3), log(lease, 2, 5));
    await worker.report(log(lease, 9, 10));
    const done = { leaseId: lease.leaseId, type: 'complete' };
    expect(await worker.report(log(lease, 11, 11), done)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await worker.report(log(lease, 11, 11), done)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await worker.report(log(lease, 12, 12))).toMatchObject([{ error: { code: 'lease_lost' } }]);
    const read = await page(user, lease.id);
    expect([messages(read), read.dropped]).toEqual([[...said(1, 5), ...said(9, 11)], [{ from: 6, to: 8 }]]);
  });

  test('keeps long lines up to 16,384 characters', async () => {
    const { user, worker, lease } = await working();
    const long = 'x'.repeat(16_384);
    await worker.report({ leaseId: lease.leaseId, type: 'log', lines: [{ at, level: 'warn', message: long }] });
    expect(messages(await page(user, lease.id))).toEqual([long]);
  });

  test('goes on with its numbers when the task is retried, also after it was put together', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const lease = await started(user, worker);
    await worker.report(log(lease, 1, 2), log(lease, 3, 3), { leaseId: lease.leaseId, ...failing });
    await user.post(`/api/v1/jobs/${lease.id}/retry`);
    const { type } = (await user.get(`/api/v1/jobs/${lease.id}`)).body.data;
    const [again] = await worker.take(type);
    await worker.report(log(again!, 1, 1), { leaseId: again!.leaseId, type: 'complete' });
    const read = await page(user, lease.id);
    expect(read.lines.map(({ number, attempt, text }: any) => [number, attempt, text])).toEqual([
      [1, 1, 'line 1'], [2, 1, 'line 2'], [3, 1, 'line 3'], [4, 1, 'line 1'],
    ]);
  });

  test.each(['', '/stream', '/file'])('is not there for others than who may see the job: %s', async (path) => {
    const { user, lease } = await working();
    expect((await open(user, `${lease.id}/logs${path}`)).status).toBe(200);
    expect((await open(newUser(target), `${lease.id}/logs${path}`)).status).toBe(404);
    expect((await open(newUser(target, 'admin'), `${lease.id}/logs${path}`)).status).toBe(200);
    expect((await open(user, `01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41/logs${path}`)).status).toBe(404);
  });
});

describe('GET /api/jobs/:id/logs/stream', () => {
  test('sends what there is, each line within a second, and the end', async () => {
    const { user, worker, lease } = await working();
    await worker.report(log(lease, 1, 5));
    const events = eventsIn(await open(user, `${lease.id}/logs/stream?tail=2`));
    expect((await take(events, 2)).map(({ id, event, data }) => [id, event, data['text']])).toEqual([
      [4, 'line', 'line 4'], [5, 'line', 'line 5'],
    ]);
    for (const number of [6, 7]) {
      const next = take(events, 1);
      const sentAt = performance.now();
      await worker.report(log(lease, number, number));
      expect(await next).toMatchObject([{ id: number, data: { text: `line ${number}` } }]);
      expect(performance.now() - sentAt).toBeLessThan(1_000);
    }
    await worker.report(log(lease, 10, 10), { leaseId: lease.leaseId, type: 'complete' });
    expect((await take(events, 5)).map(({ id, data }) => [id, data['type'], data['from'] ?? data['number']])).toEqual([
      [9, 'dropped', 8], [10, 'line', 10], [10, 'end', undefined],
    ]);
  });

  test('goes on behind the last event that its client has seen', async () => {
    const { user, worker, lease } = await working();
    await worker.report(log(lease, 1, 5), { leaseId: lease.leaseId, type: 'complete' });
    const back = await open(user, `${lease.id}/logs/stream?tail=1`, { 'last-event-id': '3' });
    expect((await take(eventsIn(back), 9)).map(({ id }) => id)).toEqual([4, 5, 5]);
    // So that `EventSource` does not come back for ever.
    expect((await open(user, `${lease.id}/logs/stream`, { 'last-event-id': '5' })).status).toBe(204);
  });
});

describe('GET /api/jobs/:id/logs/file', () => {
  test('is the whole log as NDJSON, packed for who accepts it', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const lease = await started(user, worker);
    for (let from = 1; from <= 3_000; from += 1_000) await worker.report(log(lease, from, from + 999));
    await worker.report({ leaseId: lease.leaseId, type: 'complete' });
    const plain = await open(user, `${lease.id}/logs/file`, { 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-type')).toBe('application/x-ndjson');
    expect(plain.headers.get('content-disposition')).toBe(`attachment; filename="${lease.id}.ndjson"`);
    const text = await plain.text();
    expect(text.trimEnd().split('\n').map((line) => JSON.parse(line).text)).toEqual(said(1, 3_000));
    const packed = await open(user, `${lease.id}/logs/file`, { 'accept-encoding': 'gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    // fetch unpacks it.
    expect(await packed.text()).toBe(text);
  });
});

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createWorker } from '../../../src/kinds/task/worker/index.ts';
import { openTarget, type Target } from '../target.ts';
import { newUser, request, type User } from '../user.ts';
import { newType, show, submit, untilEnded, type Task } from './tasks.ts';

/** One report, whatever is wrong with it, does no harm to the others. */

let target: Target;
let user: User;
beforeAll(async () => {
  target = await openTarget();
  user = newUser(target);
});
afterAll(() => target.close());

const silent = (): void => {};

async function say(path: string, body: unknown): Promise<any> {
  const answer = await request(`${target.workerUrl}/api/v1/workers/${path}`, 'POST', body, {
    authorization: 'Bearer ops',
  });
  if (!answer.body.success) throw new Error(JSON.stringify(answer.body));
  return answer.body.data;
}

async function take(count: number): Promise<{ readonly leaseId: string; readonly id: string }[]> {
  const type = newType();
  for (let n = 0; n < count; n++) await submit(user, { type, data: n });
  const { tasks } = await say('take', { workerId: 'w', types: [type], limit: count, leaseMs: 60_000 });
  expect(tasks).toHaveLength(count);
  return tasks;
}

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
const line = (at: unknown): unknown => ({ type: 'log', lines: [{ at, level: 'info', message: 'said' }] });

describe('among the reports of one request,', () => {
  test.for<[string, unknown, RegExp]>([
    ['a word that is none', { type: 'compleet' }, /^type must be one of|^it |^type /],
    ['nothing but a text', 'complete', /^it must be an object|^it /],
    ['null', null, /^it /],
    ['no lease', { type: 'complete', leaseId: null }, /^leaseId /],
    ['a message of another type', { type: 'fail', message: 7 }, /^message must be a text\.$/],
    ['a message that is too long', { type: 'fail', message: 'x'.repeat(2_001) }, /^message must have at most 2000/],
    ['a stack that is too long', { type: 'fail', message: 'x', stack: 'x'.repeat(4_001) }, /^stack must have at most/],
    ['a negative number', { type: 'progress', processed: -1 }, /^processed must be at least 0\.$/],
    ['a line without a time', line('yesterday'), /^lines\.0\.at must be an ISO 8601 time/],
    ['a result that is nested too deep', { type: 'complete', result: nested(65) }, /^result\.0.* is nested deeper/],
    ['a result that is too large', { type: 'complete', result: 'x'.repeat(262_144) }, /^result must have at most/],
    ['a NUL in a name', { type: 'complete', result: { 'a\u0000': 1 } }, /^result\..* has a name with a NUL/],
  ])('one with %s is refused alone, with the field and the limit', async ([, bad, why]) => {
    const [first, second, third] = await take(3);
    const isObject = typeof bad === 'object' && bad !== null;
    const { outcomes } = await say('report', {
      workerId: 'w',
      reports: [
        { leaseId: first!.leaseId, type: 'complete', result: 'first' },
        isObject ? { leaseId: second!.leaseId, ...bad } : bad,
        { leaseId: third!.leaseId, type: 'complete', result: 'third' },
      ],
    });
    expect(outcomes).toMatchObject([
      { ok: true, status: 'completed' },
      { ok: false, error: { code: 'invalid_request', message: expect.stringMatching(why) } },
      { ok: true, status: 'completed' },
    ]);
    expect(await show(user, second!.id)).toMatchObject({ status: 'processing' });
  });

  test.for<[string, string]>([
    ['2026-11-22T09:30:00+00:00', '2026-11-22T09:30:00.000Z'],
    ['2026-11-22T10:30:00.25+01:00', '2026-11-22T09:30:00.250Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T18:59:60.5-05:00', '2017-01-01T00:00:00.000Z'],
  ])('log lines may have times in any zone and leap seconds: %s', async ([at, kept]) => {
    const [task] = await take(1);
    const { outcomes } = await say('report', {
      workerId: 'w', reports: [{ leaseId: task!.leaseId, ...(line(at) as object) }],
    });
    expect(outcomes).toMatchObject([{ ok: true }]);
    const { lines } = (await user.get(`/api/v1/jobs/${task!.id}/logs`)).body.data;
    expect(lines).toMatchObject([{ at: kept }]);
  });
});

test.for<[string, string | null]>([
  ['2026-11-22T09:30:00+00:00', '2026-11-22T09:30:00.000Z'],
  ['2026-12-31T23:59:60Z', '2027-01-01T00:00:00.000Z'],
  ['2027-01-01T00:59:60+01:00', '2027-01-01T00:00:00.000Z'],
  ['2026-12-31T23:58:60Z', null],
  ['2026-12-31T23:59:61Z', null],
])('times in requests may have any zone and be leap seconds: %s', async ([runAt, kept]) => {
  const answer = await user.post('/api/v1/jobs', { type: newType(), data: null, runAt });
  if (kept === null) expect(answer.body.error.details.fields).toHaveProperty('runAt');
  else expect(answer.body.data).toMatchObject({ runAt: kept });
});

test('an unescaped + in a query is read as a +', async () => {
  const type = newType();
  const { id } = await submit(user, { type, data: null });
  const created = new Date(Date.parse((await show(user, id)).createdAt as string) - 1_000).toISOString();
  const path = `/api/v1/jobs?type=${type}&createdFrom=${created.replace('Z', '+00:00')}`;
  expect((await user.get(path)).body.data.jobs).toMatchObject([{ id }]);
});

describe('a report that the server refuses for good', () => {
  /** A server that answers every request in which the words are with the status, as one with a fault would. */
  const faulty = (status: number, words: string): typeof fetch => async (url, init) => {
    if (/\/(report|exchange)$/.test(String(url)) && String(init?.body).includes(words)) {
      return Response.json({ success: false, error: { code: 'internal', message: 'no' } }, { status });
    }
    return fetch(url, init);
  };

  async function worked(
    status: number,
    words: string,
    handler: (n: number) => unknown,
  ): Promise<{ readonly bad: Task; readonly good: readonly Task[]; readonly warnings: readonly string[] }> {
    const type = newType();
    const warnings: string[] = [];
    const worker = createWorker({
      server: target.workerUrl, token: 'ops', signals: false, concurrency: 20, fetch: faulty(status, words) as never,
      logger: { debug: silent, info: silent, warn: silent, error: (message) => void warnings.push(message) },
      handlers: { [type]: ({ data }) => handler(data) },
    });
    onTestFinished(() => worker.stop());
    const ids = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => (await submit(user, { type, data: n, maxAttempts: 1 })).id),
    );
    const tasks: Task[] = [];
    for (const id of ids) {
      await untilEnded(target, user, id);
      tasks.push(await show(user, id));
    }
    return { bad: tasks[5]!, good: tasks.filter((_, n) => n !== 5), warnings };
  }

  test.for([500, 400, 413, 422])('fails its task alone, with the reason, at %i', async (status) => {
    const { bad, good, warnings } = await worked(status, 'poison', (n) => (n === 5 ? 'poison' : n));
    expect(good.map((task) => task.status)).toEqual(good.map(() => 'completed'));
    expect(bad).toMatchObject({
      status: 'failed',
      errorLog: [{ message: `The server did not take the result: the server answered ${status}` }],
    });
    expect(warnings).toContain('a report was refused');
  });

  test('of a failed attempt is sent again with a plain message', async () => {
    const { bad, good } = await worked(500, 'poison', (n) => {
      if (n === 5) throw new Error('poison');
      return n;
    });
    expect(good.map((task) => task.status)).toEqual(good.map(() => 'completed'));
    expect(bad.errorLog).toMatchObject([
      { message: 'The server did not take how the attempt failed: the server answered 500' },
    ]);
  });
});

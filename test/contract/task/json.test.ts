import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver } from '../../services/webhook-receiver.ts';
import { openTarget, type Target } from '../target.ts';
import { newUser, type Answer, type User } from '../user.ts';
import { newType, newWorker, show, started, type Lease } from './tasks.ts';

/** What is sent as JSON is kept as it was written, or refused with the field named; never changed. */

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

/** Submits a task whose `data` is this text. */
function submitting(user: User, data: string, headers?: Record<string, string>, type = newType()): Promise<Answer> {
  return user.post('/api/v1/jobs', `{"type":${JSON.stringify(type)},"data":${data}}`, headers);
}

/** Tells what equality of objects would not: `__proto__`, the order of names. */
const written = (value: unknown): string => JSON.stringify(value);
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

const refused: readonly (readonly [what: string, data: string, path: string])[] = [
  ['a number that becomes another', '{"id":1970670598291982290}', 'data.id'],
  ['a number that becomes Infinity', '{"a":[1,{"big":1e400}]}', 'data.a.1.big'],
  ['a number that becomes 0', '[1e-400]', 'data.0'],
  ['a number with more digits than are kept', '0.1234567890123456789012', 'data'],
  ['a name that is there twice', '{"a":{"b":1,"b":1}}', 'data.a.b'],
  ['a name that is there twice in two spellings', '{"b":1,"\\u0062":2}', 'data.b'],
  ['__proto__ twice', '{"__proto__":1,"__proto__":1}', 'data.__proto__'],
  ['half a surrogate pair', '{"a":"\\ud800"}', 'data.a'],
  ['half a surrogate pair in a name', '{"\\udc00":1}', 'data.�'],
  ['NUL', '{"a":["x\\u0000"]}', 'data.a.0'],
  ['NUL in a name', '{"a\\u0000":1}', 'data.a\u0000'],
  ['more than 64 levels', nested(65), `data${'.0'.repeat(64)}`],
  ['more than 256 KB', JSON.stringify('x'.repeat(262_143)), 'data'],
  ['256 KB as characters and more as bytes', JSON.stringify('é'.repeat(131_072)), 'data'],
];

const kept: readonly (readonly [what: string, data: string])[] = [
  ['numbers in other spellings of the same', '[1.0,1e2,-0,0.10,1E-3,1e0000002]'],
  ['the ends of what a double holds', '[9007199254740992,5e-324,1.7976931348623157e308,-1e21,0.1]'],
  ['names that JavaScript knows', '{"__proto__":{"x":1},"constructor":null,"toString":1,"hasOwnProperty":0}'],
  ['__proto__ with a list', '{"a":{"__proto__":[{"__proto__":"x"}]}}'],
  ['odd names', '{"":1,"a.b":2,"10":3,"9":4," ":5,"\\u0001":6,"🧨":7}'],
  ['odd characters', '["\\u0001\\u001f\\u007f\\u0085\\u2028\\ufeff\\ufffd\\uffff"]'],
  ['odd texts', '["é🧨","\\\\u0000","\\ud83e\\udde8","\\"a\\":1"]'],
  ['what looks like SQL', '["\'; DROP TABLE jobs; --","%s $1 ?"]'],
  ['what looks like numbers', '["NaN","1e400","12345678901234567890"]'],
  ['64 levels', nested(64)],
  ['256 KB', JSON.stringify('é'.repeat(131_071))],
];

describe('the data of a task', () => {
  test.each(refused)('is refused with its path for %s', async (_, data, path) => {
    const answer = await submitting(newUser(target), data);
    expect([answer.status, Object.keys(answer.body.error.details.fields)]).toEqual([400, [path]]);
  });

  test('says what to do about a number that cannot be kept', async () => {
    const { body } = await submitting(newUser(target), '{"id":1970670598291982290,"big":1e400}');
    expect(body.error.details.fields).toEqual({
      'data.id': 'is 1970670598291982290, which would become 1970670598291982300: send it as a string',
      'data.big': 'is 1e400, which is too large for a number: send it as a string',
    });
  });

  test.each(kept)('is kept for %s, on its whole way', async (_, data) => {
    const user = newUser(target);
    const worker = newWorker(target);
    const value = written(JSON.parse(data));
    const receiver = await startReceiver();
    try {
      const type = newType();
      const body = `{"type":"${type}","data":${data},"webhookUrl":"${receiver.url}"}`;
      const made = (await user.post('/api/v1/jobs', body)).body.data;
      expect(written(made.data)).toBe(value);
      expect(written((await show(user, made.id))['data'])).toBe(value);
      const [taken] = (await worker.take(type)) as readonly (Lease & { readonly data: unknown })[];
      expect(written(taken!.data)).toBe(value);
      const report = `{"workerId":"w","reports":[{"leaseId":"${taken!.leaseId}","type":"complete","result":${data}}]}`;
      const reported = await newUser(target).post(`${target.workerUrl}/api/v1/workers/report`, report);
      expect(reported.body.data.outcomes).toMatchObject([{ ok: true }]);
      expect(written((await show(user, made.id))['result'])).toBe(value);
      await receiver.came(1);
      const said = JSON.parse(receiver.received[0]!.body.toString());
      expect([written(said.data.data), written(said.data.result)]).toEqual([value, value]);
    } finally {
      await receiver.close();
    }
  });

  test('is refused in a bulk request for its job alone', async () => {
    const user = newUser(target);
    const job = (data: string): string => `{"type":"${newType()}","data":${data}}`;
    const jobs = [job('{"n":1e400}'), job('1'), '1e400', '{"type":"x","data":1,"data":2}', job('"\\ud800"'), job('2')];
    const answer = await user.post('/api/v1/jobs/bulk', `{"action":"create","jobs":[${jobs.join(',')}]}`);
    const { results, succeeded } = answer.body.data;
    const fields = results.map(({ error }: any) => error && Object.keys(error.details.fields));
    expect(fields).toEqual([['data.n'], undefined, ['body'], ['data'], ['data'], undefined]);
    expect(succeeded).toBe(2);
  });

  test('is refused in a schedule, and kept by the tasks that it submits', async () => {
    const user = newUser(target);
    const schedule = (data: string): string =>
      `{"name":"n","cron":"0 0 1 1 *","type":"${newType()}","data":${data}}`;
    for (const [, data, path] of refused) {
      const { status, body } = await user.post('/api/v1/schedules', schedule(data));
      expect([status, Object.keys(body.error.details.fields)]).toEqual([400, [path]]);
    }
    for (const [, data] of kept) {
      const { scheduleId } = (await user.post('/api/v1/schedules', schedule(data))).body.data;
      const { jobId } = (await user.post(`/api/v1/schedules/${scheduleId}/trigger`)).body.data;
      expect(written((await show(user, jobId))['data'])).toBe(written(JSON.parse(data)));
    }
  });
});

describe('a result', () => {
  test.each(refused.slice(0, -2))('is refused with its path for %s', async (_, result, path) => {
    const user = newUser(target);
    const lease = await started(user, newWorker(target));
    const report = `{"leaseId":"${lease.leaseId}","type":"complete","result":${result}}`;
    const answer = await newUser(target).post(
      `${target.workerUrl}/api/v1/workers/report`, `{"workerId":"w","reports":[${report}]}`,
    );
    expect(JSON.stringify(answer.body)).toContain(JSON.stringify(path.replace('data', 'result')).slice(1, -1));
    expect(await show(user, lease.id)).toMatchObject({ status: 'processing', result: null });
  });

  test('is refused when its bytes are not UTF-8, while messages for people are repaired', async () => {
    const user = newUser(target);
    const lease = await started(user, newWorker(target));
    const report = async (said: string): Promise<Answer> => {
      const body = Buffer.from(`{"workerId":"w","reports":[{"leaseId":"${lease.leaseId}",${said}}]}`, 'latin1');
      const headers = { authorization: `Bearer ${user.id}`, 'content-type': 'application/json' };
      const response = await fetch(`${target.workerUrl}/api/v1/workers/report`, { method: 'POST', headers, body });
      return { status: response.status, headers: response.headers, body: await response.json() };
    };
    const refusal = await report('"type":"complete","result":{"name":"caf\xe9"}');
    expect(JSON.stringify(refusal.body)).toContain('result.name');
    const repaired = await report('"type":"error","message":"caf\xe9 \\u0000"');
    expect(repaired.body.data.outcomes).toMatchObject([{ ok: true }]);
    expect((await show(user, lease.id))['errorLog']).toMatchObject([{ message: 'caf� �' }]);
  });
});

describe('an Idempotency-Key', () => {
  test('knows the same body in whatever order its names come, and whatever spelling its numbers have', async () => {
    const user = newUser(target);
    const headers = { 'idempotency-key': 'order' };
    const type = newType();
    const first = await submitting(user, '{"a":{"x":1,"y":[1,2]},"b":100,"10":0}', headers, type);
    const again = await submitting(user, '{"10":-0,"b":1e2,"a":{"y":[1.0,2],"x":1}}', headers, type);
    expect(again.body.data).toEqual({ ...first.body.data, deduplicated: true });
    for (const other of ['{"a":{"x":1,"y":[2,1]},"b":100,"10":0}', '{"a":{"x":1,"y":[1,2]},"b":100,"10":"0"}']) {
      expect((await submitting(user, other, headers, type)).status).toBe(422);
    }
  });

  test('tells apart two numbers that differ', async () => {
    const user = newUser(target);
    const headers = { 'idempotency-key': 'numbers' };
    const type = newType();
    expect((await submitting(user, '{"id":9007199254740992}', headers, type)).status).toBe(201);
    expect((await submitting(user, '{"id":9007199254740993}', headers, type)).status).toBe(400);
    expect((await submitting(user, '{"id":9007199254740994}', headers, type)).status).toBe(422);
  });

  test('takes what is left out for what the contract says then, and not for what the type says', async () => {
    const user = newUser(target);
    const headers = { 'idempotency-key': 'defaults' };
    const body = { type: newType(), data: null };
    const given = { priority: 0, dependsOn: [], onDependencyFailure: 'cancel', dedupeKey: null };
    expect((await user.post('/api/v1/jobs', body, headers)).status).toBe(201);
    expect((await user.post('/api/v1/jobs', { ...given, ...body }, headers)).body.data.deduplicated).toBe(true);
    expect((await user.post('/api/v1/jobs', { ...body, maxAttempts: 3 }, headers)).status).toBe(422);
  });
});

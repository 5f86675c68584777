import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newPro, newUser, request } from '../user.ts';

/** What is sent as JSON is kept as it was written, or refused with the field named; never changed. */

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const remove = '{"action":"remove","value":""}';
const refused: readonly (readonly [what: string, concepts: string, path: string])[] = [
  ['a part that is there twice', `{"wall":${remove},"wall":${remove}}`, 'concepts.wall'],
  ['a field that is there twice', '{"wall":{"action":"tone","action":"remove"}}', 'concepts.wall.action'],
  [
    'a number with more digits than are kept',
    '{"wall":{"action":"remove","box":[0.1234567890123456789012,0,1,1]}}',
    'concepts.wall.box.0',
  ],
  ['half a surrogate pair', '{"wall":{"action":"tone","value":"\\ud800"}}', 'concepts.wall.value'],
  ['NUL in a name', `{"wall\\u0000":${remove}}`, 'concepts.wall\u0000'],
  ['__proto__', `{"__proto__":${remove}}`, 'concepts.__proto__'],
];

describe('concepts', () => {
  test.each(refused)('are refused with their path for %s', async (_, concepts, path) => {
    const user = newUser(target);
    const body = `{"name":"mine","concepts":${concepts},"protect":[]}`;
    const answers = [await user.post('/api/rules', body)];
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    answers.push(await user.post(`/api/jobs/${jobId}/execute`, `{"concepts":${concepts}}`));
    for (const { status, body: { error } } of answers) {
      expect([status, Object.keys(error.details.fields)]).toEqual([400, [path]]);
    }
  });

  test('are kept in a rule and in what its worker is sent', async () => {
    const user = await newPro(target, 20);
    const box = '{"action":"remove","value":"","box":[0.10,0e1,1.0,1e-2]}';
    const concepts = `{"10":{"action":"tone","value":"🧨 \\u0001"},"constructor":${box}}`;
    const written = JSON.stringify(JSON.parse(concepts));
    const rule = (await user.post('/api/rules', `{"name":"mine","concepts":${concepts},"protect":[]}`)).body.data;
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    expect((await user.post(`/api/jobs/${jobId}/execute`, { ruleId: rule.ruleId })).status).toBe(200);
    const sent = await target.takeMessage(jobId);
    expect([JSON.stringify(rule.concepts), JSON.stringify(sent.concepts)]).toEqual([written, written]);
  });
});

test('what a worker says is repaired, but for what could be taken for something else', async () => {
  const jobId = await newUser(target).queued(2);
  const say = (body: string) =>
    request(`${target.url}/api/jobs/${jobId}/callback`, 'POST', body, {
      'x-gpu-callback-secret': target.callbackSecret,
    });
  const twice = await say('{"idx":0,"idx":1,"status":"done","idempotency_key":"a"}');
  expect([twice.status, Object.keys(twice.body.error.details.fields)]).toEqual([400, ['idx']]);
  const repaired = '{"idx":0,"status":"failed","error":"\\ud800\\u0000","idempotency_key":"b","seed":1e400}';
  expect((await say(repaired)).body.data.progress).toEqual({ done: 0, failed: 1, total: 2 });
});

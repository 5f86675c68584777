import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver } from '../../services/webhook-receiver.ts';
import { openTarget, type Target } from '../target.ts';
import { newUser, type Answer, type User } from '../user.ts';
import { ended, newType, newWorker, show, submit } from './tasks.ts';

/** Limits of texts are such that each is stored and found again, of whatever characters they are. */

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

/** Of 4 bytes each, in no order that could be compressed. A limit of characters is one of these, too. */
function astral(characters: number): string {
  let state = characters;
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31);
  return Array.from({ length: characters }, () => String.fromCodePoint(0x20000 + (next() % 0xa000))).join('');
}

const tag = Math.random().toString(36).slice(2, 10);
/** Of all characters that such a name may have, as long as it may be. */
const longest = (length: number): string => tag.padEnd(length, 'aZ09._:|+=~-'.slice(0, 6));
const good = (answer: Answer): any => {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body.data;
};

describe('the longest texts allowed', () => {
  test('work for a task: user, type, keys, worker', async () => {
    const user = newUser(target, longest(128));
    const type = longest(100);
    const settings = { maxRunning: 1, maxRunningPerKey: 1, ratePerKey: { count: 5, windowMs: 60_000 } };
    good(await newUser(target).put(`/api/v1/types/${encodeURIComponent(type)}`, settings));
    const keys = { dedupeKey: astral(200), concurrencyKey: astral(200) };
    const headers = { 'idempotency-key': 'k'.repeat(200) };
    const { id } = good(await user.post('/api/v1/jobs', { type, data: 1, ...keys }, headers));
    const again = good(await user.post('/api/v1/jobs', { type, data: 1, ...keys }, headers));
    const waiting = await submit(user, { type, concurrencyKey: keys.concurrencyKey });
    expect([again.id, waiting.status]).toEqual([id, 'pending']);
    const url = `${target.workerUrl}/api/v1/workers/take`;
    const taken = good(await newUser(target).post(url, {
      workerId: astral(200), types: [type], limit: 2, leaseMs: 600_000, waitMs: 10_000,
    }));
    expect(taken.tasks.map((task: { id: string }) => task.id)).toEqual([id]);
    expect(await show(user, id)).toMatchObject({ status: 'processing', ...keys });
    const listed = good(await user.get(`/api/v1/jobs?type=${encodeURIComponent(type)}`)).jobs;
    expect(listed.map((task: { id: string }) => task.id)).toEqual([waiting.id, id]);
  });

  test('work for schedules, API keys, rules and grants', async () => {
    const user = newUser(target, `${longest(127)}2`);
    const name = astral(100);
    const made = good(await user.post('/api/v1/schedules', { name, cron: '0 0 1 1 *', type: newType(), data: 1 }));
    expect(good(await user.get('/api/v1/schedules')).schedules).toMatchObject([{ scheduleId: made.scheduleId, name }]);
    const triggered = { 'idempotency-key': 'k'.repeat(200) };
    good(await user.post(`/api/v1/schedules/${made.scheduleId}/trigger`, {}, triggered));
    good(await user.post('/api/tokens', { name }));
    const rule = { name, presetId: name, concepts: { [name]: { action: 'remove' } }, protect: [name] };
    good(await user.post('/api/rules', rule));
    const grant = { credits: 1, note: astral(500) };
    good(await newUser(target, 'admin').post(`/api/accounts/${user.id}/grants`, grant, triggered));
    expect((await user.post('/api/v1/auth/login', { userId: user.id, password: astral(200) })).status).toBe(401);
  });

  test('work for a webhook URL: its 410 is remembered, and it is enabled again', async () => {
    const gone = await startReceiver((response) => response.writeHead(410).end());
    const user = newUser(target, `${longest(127)}3`);
    const begin = `${gone.url}/?`;
    const room = Math.floor((2_000 - new TextEncoder().encode(begin).length) / 4);
    const webhookUrl = begin + astral(room);
    await ended(user, newWorker(target), { type: 'complete' }, { webhookUrl });
    const until = Date.now() + 15_000;
    const disabled = async (): Promise<any[]> => good(await user.get('/api/v1/webhooks/disabled')).endpoints;
    while ((await disabled()).length === 0 && Date.now() < until);
    expect(await disabled()).toMatchObject([{ url: webhookUrl }]);
    const [sent] = good(await user.get('/api/v1/webhooks/deliveries')).deliveries;
    expect(sent).toMatchObject({ state: 'disabled', url: webhookUrl });
    good(await user.post('/api/v1/webhooks/enable', { url: webhookUrl }));
    expect(await disabled()).toEqual([]);
    await gone.close();
  });
});

describe('a text that is too long by one character', () => {
  const refused = async (user: User, path: string, body: object, field: string): Promise<void> => {
    const answer = await user.post(path, body);
    expect([answer.status, Object.keys(answer.body.error.details.fields)]).toEqual([400, [field]]);
  };

  test('or one byte is refused, naming the field', async () => {
    const user = newUser(target);
    const task = { type: newType(), data: 1 };
    const url = 'https://example.org/?';
    const host = `http://${Array.from({ length: 500 }, (_, n) => String.fromCodePoint(0x3300 + (n % 87))).join('')}/`;
    for (const long of [url + astral(495), url + '漢'.repeat(660), host]) {
      await refused(user, '/api/v1/jobs', { ...task, webhookUrl: long }, 'webhookUrl');
      await refused(user, '/api/v1/webhooks/enable', { url: long }, 'url');
    }
    for (const field of ['dedupeKey', 'concurrencyKey']) {
      await refused(user, '/api/v1/jobs', { ...task, [field]: astral(201) }, field);
    }
    await refused(user, '/api/v1/jobs', { ...task, type: 'x'.repeat(101) }, 'type');
    await refused(user, '/api/v1/schedules', { ...task, name: astral(101), cron: '@daily' }, 'name');
    await refused(user, '/api/tokens', { name: astral(101) }, 'name');
  });
});

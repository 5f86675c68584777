import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFreshTarget, type Target } from '../target.ts';
import { request, type Answer } from '../user.ts';
import { eventsIn, newType } from './tasks.ts';

let target: Target;
/** The token of the first user, an administrator. */
let root: string;

const passphrase = 'seven green boats at noon';

// Whatever ends a token is said to one server, and what is open is open at the other one where there are two.
const ask = (method: string, path: string, body: unknown, token: string): Promise<Answer> =>
  request(target.url + path, method, body, { authorization: `Bearer ${token}` });

beforeAll(async () => {
  target = await openFreshTarget();
  const made = await request(`${target.url}/api/v1/setup`, 'POST', { userId: 'root', password: passphrase });
  root = made.body.data.token;
});
afterAll(() => target?.close());

let users = 0;

/** A user, with the token of a login, an API key, and a key that was made with that one. */
async function newPerson(...roles: string[]) {
  const userId = `person-${++users}`;
  await ask('POST', '/api/v1/users', { userId, password: passphrase, roles }, root);
  const { body } = await request(`${target.url}/api/v1/auth/login`, 'POST', { userId, password: passphrase });
  const login: string = body.data.token;
  const { data: key } = (await ask('POST', '/api/tokens', { name: 'one' }, login)).body;
  const { data: child } = (await ask('POST', '/api/tokens', { name: 'two' }, key.key)).body;
  return { userId, login, key: key.key as string, keyId: key.tokenId as string, child: child.key as string };
}

type Person = Awaited<ReturnType<typeof newPerson>>;

/** The stream of a task that nobody does; `over` resolves when it ends. */
async function openStream(token: string): Promise<{ readonly over: Promise<void> }> {
  const { body } = await ask('POST', '/api/v1/jobs', { type: newType(), data: null }, token);
  const stream = await fetch(`${target.workerUrl}/api/v1/jobs/${body.data.id}/events`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(stream.status).toBe(200);
  const events = eventsIn(stream);
  await events.next();
  return { over: events.next().then(({ done }) => expect(done).toBe(true)) };
}

function openPoll(token: string): Promise<Answer> {
  const body = { workerId: `of-${token.slice(-8)}`, types: [newType()], limit: 1, leaseMs: 30_000, waitMs: 20_000 };
  return request(`${target.workerUrl}/api/v1/workers/take`, 'POST', body, { authorization: `Bearer ${token}` });
}

const ends: [string, (person: Person) => Promise<Answer>, readonly ('login' | 'key' | 'child')[]][] = [
  ['a logout', ({ login }) => ask('POST', '/api/v1/auth/logout', {}, login), ['login']],
  ['the end of a key', ({ keyId, login }) => ask('DELETE', `/api/tokens/${keyId}`, undefined, login), ['key', 'child']],
  ['an administrator who resets the password', ({ userId }) =>
    ask('PUT', `/api/v1/users/${userId}`, { password: 'eight blue boats at noon' }, root), ['login', 'key', 'child']],
  ['disabling the user', ({ userId }) =>
    ask('PUT', `/api/v1/users/${userId}`, { disabled: true }, root), ['login', 'key', 'child']],
  ['deleting the user', ({ userId }) =>
    ask('DELETE', `/api/v1/users/${userId}`, undefined, root), ['login', 'key', 'child']],
  ['the loss of a role', ({ userId }) =>
    ask('PUT', `/api/v1/users/${userId}`, { roles: ['user'] }, root), ['login', 'key', 'child']],
];

// Each of them waits for the servers' next look at the tokens; together they begin with two dozen hashed passwords.
describe.concurrent('streams and polls of a token end, at every server, by', { timeout: 90_000 }, () => {
  test.each(ends)('%s', async (_, end, which) => {
    const [person, other] = [await newPerson('user', 'operator'), await newPerson('user', 'operator')];
    const open = await Promise.all(which.map(async (name) => ({
      stream: await openStream(person[name]), poll: openPoll(person[name]),
    })));
    let isOver = false;
    const beside = await openStream(other.login);
    void beside.over.then(() => (isOver = true));
    const endedAt = performance.now();
    expect((await end(person)).status).toBeLessThan(300);
    await Promise.all(open.map(({ stream }) => stream.over));
    const answers = await Promise.all(open.map(({ poll }) => poll));
    expect(answers.map(({ status }) => status)).toEqual(which.map(() => 401));
    // Long before the polls would end by themselves.
    expect(performance.now() - endedAt).toBeLessThan(15_000);
    expect(isOver).toBe(false);
    await ask('POST', '/api/v1/auth/logout', {}, other.login);
    await beside.over;
  });
});

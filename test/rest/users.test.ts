import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTokens } from '../../src/application/tokens/tokens.ts';
import { createAuthenticator } from '../../src/transports/access/authenticator.ts';
import { createJwt } from '../../src/transports/access/jwt.ts';
import { createLoginSigner } from '../../src/transports/access/logins.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { createPeople, passphrase } from '../application/people.ts';
import { accepted, admin, as } from '../application/platform.ts';
import { json as parsed, recordingApplication, startApp } from './harness.ts';

const jwtSecret = 'a secret of the tests, long enough';
const hour = 3_600_000;

let server: ReturnType<typeof start>;

beforeEach(async () => {
  server = start();
  await accepted(server.people.users.setup({ userId: 'root', password: passphrase }));
  await accepted(server.people.users.create(admin, { userId: 'mira', password: passphrase, roles: ['user'] }));
});
afterEach(() => server.people.remove());

interface From {
  readonly address?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The transport over real users and API keys. */
function start(options: { trustProxy?: boolean } = {}) {
  const people = createPeople();
  const { users, clock, store } = people;
  const tokens = createTokens({ store, clock, ids: createFakeIds(clock, 1) });
  const findApiKey = tokens.authenticate;
  const { app } = startApp({
    application: { ...recordingApplication([]), users, tokens },
    authenticate: createAuthenticator({ jwtSecret, devMode: false, findApiKey, clock, users }),
    signLogin: createLoginSigner({ jwtSecret, lifetimeMs: 12 * hour, clock }),
    ...options,
  });
  const ask = async (method: string, path: string, body?: unknown, token?: string, from: From = {}) => {
    const { address = '192.0.2.7', headers: more = {} } = from;
    const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...more };
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const all = { ...json, ...headers };
    const init = { method, headers: all, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await app.request(path, init, { incoming: { socket: { remoteAddress: address } } });
    return { status: response.status, headers: response.headers, ...(await parsed(response)) };
  };
  const logIn = async (userId: string, password = passphrase) =>
    (await ask('POST', '/api/v1/auth/login', { userId, password })).data.token as string;
  const me = (token: string) => ask('GET', '/api/v1/auth/me', undefined, token);
  return { people, tokens, ask, logIn, me };
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as object;

describe('a login', () => {
  it('gives a JWT that says whose it is and nothing of roles, good for its time', async () => {
    const { ask, me, people } = server;
    const { status, data } = await ask('POST', '/api/v1/auth/login', { userId: 'MIRA', password: passphrase });
    expect(status).toBe(200);
    const iat = people.clock.now() / 1000;
    const expiresAt = new Date(people.clock.now() + 12 * hour).toISOString();
    const user = { userId: 'mira', email: null, name: null, roles: ['user'] };
    expect(data).toEqual({ token: expect.any(String), expiresAt, user });
    expect(claimsOf(data.token)).toEqual({
      iss: 'waybill', sub: 'mira', iat, exp: iat + 12 * 3_600, sid: expect.any(String),
      started_at: people.clock.now(), tokens_from: people.clock.now(),
    });
    people.clock.advance(12 * hour - 1);
    expect((await me(data.token)).data).toEqual({ ...user, hasPassword: true });
    people.clock.advance(1);
    expect((await me(data.token)).status).toBe(401);
  });

  it('has the stored roles, whatever they were at the login', async () => {
    const { ask, logIn, me } = server;
    const [root, mira] = [await logIn('root'), await logIn('mira')];
    expect((await ask('GET', '/api/v1/users', undefined, mira)).status).toBe(403);
    expect((await ask('PUT', '/api/v1/users/mira', { roles: ['user', 'admin'] }, root)).status).toBe(200);
    expect((await ask('GET', '/api/v1/users', undefined, mira)).status).toBe(200);
    expect((await me(mira)).data.roles).toEqual(['user', 'admin']);
  });

  it('ends at once when the user is disabled or deleted', async () => {
    const { ask, logIn, me } = server;
    const [root, mira] = [await logIn('root'), await logIn('mira')];
    await ask('PUT', '/api/v1/users/mira', { disabled: true }, root);
    expect((await me(mira)).status).toBe(401);
    await ask('PUT', '/api/v1/users/mira', { disabled: false }, root);
    const again = await logIn('mira');
    expect((await me(again)).status).toBe(200);
    await ask('DELETE', '/api/v1/users/mira', undefined, root);
    expect((await me(again)).status).toBe(401);
  });

  it('ends when the password changes, which gives a new one', async () => {
    const { ask, logIn, me } = server;
    const [before, other] = [await logIn('mira'), await logIn('mira')];
    const input = { current: passphrase, next: 'eight blue boats at noon' };
    const { status, data } = await ask('POST', '/api/v1/auth/password', input, before);
    expect(status).toBe(200);
    const statuses = await Promise.all([before, other, data.token].map(async (token) => (await me(token)).status));
    expect(statuses).toEqual([401, 401, 200]);
  });

  it('is nobody’s word but ours', async () => {
    const { people, me } = server;
    const jwt = createJwt(jwtSecret);
    const now = people.clock.now();
    const session = { sid: 's', started_at: now };
    const forged = [
      { sub: 'mira' },
      { ...session, sub: 'mira', roles: ['admin'], tokens_from: 0 },
      { ...session, sub: 'stranger', tokens_from: now },
      { sub: 'mira', tokens_from: now },
    ];
    for (const claims of forged) {
      const token = await jwt.sign({ iss: 'waybill', exp: now / 1000 + 60, ...claims });
      expect([claims, (await me(token)).status]).toEqual([claims, 401]);
    }
  });

  it('says when to try again once it is limited', async () => {
    const { ask } = server;
    const attempt = () => ask('POST', '/api/v1/auth/login', { userId: 'mira', password: 'wrong' });
    for (let count = 0; count < 10; count++) expect((await attempt()).status).toBe(401);
    const { status, headers, error } = await attempt();
    expect([status, headers.get('retry-after'), error?.code]).toEqual([429, '900', 'rate_limit']);
  });
});

describe('a JWT of another issuer', () => {
  const jwt = {
    sign: (claims: object) => createJwt(jwtSecret).sign({ exp: server.people.clock.now() / 1000 + 600, ...claims }),
  };

  it('of a user that is not stored here is as it says', async () => {
    const token = await jwt.sign({ sub: 'elsewhere', roles: ['user', 'admin'] });
    const claimed = { userId: 'elsewhere', roles: ['user', 'admin'] };
    expect((await server.me(token)).data).toEqual({ ...claimed, email: null, name: null, hasPassword: false });
  });

  it('of a user that is stored here, by its id in whatever case, is that user with the stored roles', async () => {
    const iat = server.people.clock.now() / 1000;
    for (const sub of ['mira', 'MIRA']) {
      const token = await jwt.sign({ sub, roles: ['admin'], iat });
      expect((await server.me(token)).data).toMatchObject({ userId: 'mira', roles: ['user'], hasPassword: true });
    }
  });

  it.each([
    ['when it does not say when it was made', {}],
    ['when it was made before the logins were ended', { iat: -1 }],
  ])('of a user that is stored here is refused %s', async (_, { iat }: { iat?: number }) => {
    const made = iat === undefined ? {} : { iat: server.people.clock.now() / 1000 + iat };
    expect((await server.me(await jwt.sign({ sub: 'mira', ...made }))).status).toBe(401);
  });

  it('of a disabled user is refused', async () => {
    const { people, me } = server;
    const iat = people.clock.now() / 1000 + 60;
    await accepted(people.users.update(admin, 'mira', { disabled: true }));
    for (const sub of ['mira', 'Mira']) expect((await me(await jwt.sign({ sub, iat }))).status).toBe(401);
  });
});

it('an API key of a disabled user is refused until it is enabled', async () => {
  const { people, tokens, me } = server;
  const { key } = await accepted(tokens.create(as('mira'), { name: 'importer', expiresInDays: null }));
  expect((await me(key)).status).toBe(200);
  await accepted(people.users.update(admin, 'mira', { disabled: true }));
  expect((await me(key)).status).toBe(401);
  await accepted(people.users.update(admin, 'mira', { disabled: false }));
  expect((await me(key)).status).toBe(200);
});

describe('the client’s address', () => {
  const forwarded = (value: string) => ({ 'x-forwarded-for': value });
  const counted = async (trustProxy: boolean, address: string, headers: Record<string, string>) => {
    await server.people.remove();
    server = start({ trustProxy });
    const body = { userId: 'nobody', password: 'wrong' };
    await server.ask('POST', '/api/v1/auth/login', body, undefined, { address, headers });
    const count = async (network: string) => {
      const key = `login:address:${network}`;
      const [state] = await server.people.store.attempts.count([key], { now: 0, windowMs: 1e15 });
      return (state?.count ?? 0) - 1;
    };
    const [socket, proxied] = [await count('192.0.2.7'), await count('198.51.100.9')];
    return { socket, proxied, claimed: await count('203.0.113.5') };
  };

  it('is the socket’s, whatever a header says', async () => {
    expect(await counted(false, '192.0.2.7', forwarded('198.51.100.9'))).toEqual({ socket: 1, proxied: 0, claimed: 0 });
  });

  it('is the last one that a trusted proxy has seen, not what the client claims', async () => {
    const one = { socket: 0, proxied: 1, claimed: 0 };
    expect(await counted(true, '192.0.2.7', forwarded('203.0.113.5, 198.51.100.9'))).toEqual(one);
    expect(await counted(true, '192.0.2.7', forwarded('198.51.100.9:5123'))).toEqual(one);
  });

  it('is the socket’s when a trusted proxy says nothing that makes sense', async () => {
    const one = { socket: 1, proxied: 0, claimed: 0 };
    expect(await counted(true, '::ffff:192.0.2.7', {})).toEqual(one);
    expect(await counted(true, '192.0.2.7', forwarded('unknown'))).toEqual(one);
  });
});

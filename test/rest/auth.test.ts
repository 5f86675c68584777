import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuthenticatedKey } from '../../src/application/tokens/tokens.ts';
import {
  createAuthenticator, type Authenticated, type AuthenticatorOptions,
} from '../../src/transports/access/authenticator.ts';
import { inOrder } from '../../src/transports/access/in-order.ts';
import { createJwt } from '../../src/transports/access/jwt.ts';
import { createSecretCheck } from '../../src/transports/rest/auth/secret.ts';
import { asMira, asWorker, jobId, json, now, startApp } from './harness.ts';

const secret = 'a secret of the tests, long enough';
const seconds = now / 1_000;

/** Made with another implementation than the one under test. */
function token(claims: object, options: { alg?: string; secret?: string } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${part({ alg: options.alg ?? 'HS256', typ: 'JWT' })}.${part({ exp: seconds + 60, ...claims })}`;
  return `${head}.${createHmac('sha256', options.secret ?? secret).update(head).digest('base64url')}`;
}

function withPayload(signed: string, claims: object): string {
  const payload = Buffer.from(JSON.stringify({ exp: seconds + 60, ...claims })).toString('base64url');
  return signed.replace(/\.[^.]*\./, `.${payload}.`);
}

type Options = Partial<Pick<AuthenticatorOptions, 'devMode' | 'jwtSecret' | 'audiences' | 'issuers'>>;

const key = { type: 'key', tokenId: 'k', madeWith: [], expiresAt: null } as const;
const importer: AuthenticatedKey = { caller: { userId: 'importer', roles: ['operator'] }, credentials: key };

function authenticator(options: Options = {}) {
  return createAuthenticator({
    ...options,
    jwtSecret: options.jwtSecret === undefined ? secret : options.jwtSecret,
    devMode: options.devMode ?? false,
    findApiKey: async (key) => (key === 'wb_good' ? importer : null),
    clock: { now: () => now },
  });
}

/** Whoever it is, or null. */
const callerOf = async (known: Promise<Authenticated>) => known.then((it) => (it.ok ? it.caller : null));
const as = (value: string, options: Options = {}) => callerOf(authenticator(options)(`Bearer ${value}`));
const problem = async (value: string, options: Options = {}) => {
  const known = await authenticator(options)(`Bearer ${value}`);
  return known.ok ? null : known.problem;
};

describe('a JWT', () => {
  it('stands for its subject, with the role user unless it names roles', async () => {
    expect(await as(token({ sub: 'mira' }))).toEqual({ userId: 'mira', roles: ['user'] });
    expect(await as(token({ sub: 'root', roles: ['admin', 'wizard', 'user'] }))).toEqual({
      userId: 'root', roles: ['user', 'admin'],
    });
  });

  it('is good until the second it expires', async () => {
    expect(await as(token({ sub: 'mira', exp: seconds + 1 }))).not.toBeNull();
    expect(await as(token({ sub: 'mira', exp: seconds }))).toBeNull();
  });

  it('expires although it was seen before', async () => {
    let time = now;
    const authenticate = createAuthenticator({
      jwtSecret: secret, devMode: false, findApiKey: async () => null, clock: { now: () => time },
    });
    const short = `Bearer ${token({ sub: 'mira', exp: seconds + 10 })}`;
    expect(await callerOf(authenticate(short))).not.toBeNull();
    time += 10_000;
    expect(await callerOf(authenticate(short))).toBeNull();
  });

  it('must expire within 400 days, and the refusal says so', async () => {
    const without = token({ sub: 'mira', exp: undefined });
    expect([await as(without), await as(without, { devMode: true })]).toEqual([null, null]);
    expect(await problem(without)).toMatch(/"exp"/);
    expect(await as(token({ sub: 'mira', exp: seconds + 400 * 86_400 }))).not.toBeNull();
    expect(await problem(token({ sub: 'mira', exp: seconds + 401 * 86_400 }))).toMatch(/400 days/);
    expect(await problem(token({ sub: 'mira', exp: seconds - 1 }))).toBe('The token has expired');
    expect(await problem(token({ sub: 'mira', exp: undefined }, { secret: 'other' }))).not.toMatch(/exp/);
  });

  it('must be for the configured audience', async () => {
    const audiences = ['waybill', 'jobs'];
    for (const aud of ['waybill', ['other', 'jobs']]) {
      expect(await as(token({ sub: 'mira', aud }), { audiences })).not.toBeNull();
    }
    for (const aud of ['other', ['a', 'b'], undefined, 7, [], { waybill: true }]) {
      expect(await problem(token({ sub: 'mira', aud }), { audiences })).toMatch(/audience/);
      expect(await as(token({ sub: 'mira', aud }))).not.toBeNull();
    }
  });

  it('must be from a configured issuer', async () => {
    expect(await as(token({ sub: 'mira', iss: 'shop' }), { issuers: ['shop'] })).not.toBeNull();
    expect(await problem(token({ sub: 'mira', iss: 'other' }), { issuers: ['shop'] })).toMatch(/issuer/);
    expect(await problem(token({ sub: 'mira' }), { issuers: ['shop'] })).toMatch(/issuer/);
  });

  it.each([
    ['signed with another secret', token({ sub: 'mira' }, { secret: 'other' })],
    ['of another algorithm', token({ sub: 'mira' }, { alg: 'none' })],
    ['that says HS512', token({ sub: 'mira' }, { alg: 'HS512' })],
    ['without a signature', token({ sub: 'mira' }).replace(/[^.]*$/, '')],
    ['with a changed subject', withPayload(token({ sub: 'mira' }), { sub: 'ben' })],
    ['not valid yet', token({ sub: 'mira', nbf: seconds + 60 })],
    ['with an end that is no number', token({ sub: 'mira', exp: 'never' })],
    ['without a subject', token({ name: 'mira' })],
    ['whose subject could leave its folder', token({ sub: '../ben' })],
    ['whose subject is ..', token({ sub: '..' })],
    ['whose roles are no list', token({ sub: 'mira', roles: 'admin' })],
    ['of 4 parts', `${token({ sub: 'mira' })}.x`],
    ['that is very long', token({ sub: 'mira', pad: 'x'.repeat(9_000) })],
  ])('%s is refused, in development too', async (_, given) => {
    expect(await as(given)).toBeNull();
    expect(await as(given, { devMode: true })).toBeNull();
  });

  it('is refused where no secret is set', async () => {
    expect(await as(token({ sub: 'mira' }), { jwtSecret: null })).toBeNull();
  });

  it('signed by the server can be verified by other libraries', async () => {
    const signed = await createJwt(secret).sign({ sub: 'mira', roles: ['user'], exp: seconds + 60 });
    const [head, payload, signature] = signed.split('.');
    expect(createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url')).toBe(signature);
    expect(await as(signed)).toEqual({ userId: 'mira', roles: ['user'] });
  });
});

describe('an Authorization header', () => {
  it.each(['', 'Bearer', 'Bearer ', 'Basic bWlyYTp4', 'mira', 'Bearer a b'])('%j is nobody', async (header) => {
    expect(await callerOf(authenticator({ devMode: true })(header))).toBeNull();
  });

  it('may spell Bearer in any case', async () => {
    expect(await callerOf(authenticator()(`bearer   ${token({ sub: 'mira' })}`))).not.toBeNull();
  });

  it('with an API key is looked up', async () => {
    expect(await as('wb_good')).toEqual({ userId: 'importer', roles: ['operator'] });
    expect(await as('wb_bad', { devMode: true })).toBeNull();
    expect(await as(`wb_${'x'.repeat(300)}`)).toBeNull();
  });

  it('with a user id stands for that user in development mode, and is refused otherwise', async () => {
    expect(await as('mira', { devMode: true })).toEqual({ userId: 'mira', roles: ['user', 'operator'] });
    expect(await as('admin', { devMode: true })).toEqual({ userId: 'admin', roles: ['user', 'operator', 'admin'] });
    expect(await as('a.b.c', { devMode: true })).toEqual({ userId: 'a.b.c', roles: ['user', 'operator'] });
    expect(await as('a/b', { devMode: true })).toBeNull();
    expect(await as('mira')).toBeNull();
    expect(await as('admin')).toBeNull();
  });
});

describe('a worker secret', () => {
  it('matches only as a whole', () => {
    const check = createSecretCheck(['first secret', 'zweites Geheimnis ü']);
    expect(['first secret', 'zweites Geheimnis ü'].map(check)).toEqual([true, true]);
    const wrong = [null, '', 'first', 'first secret ', 'first secretfirst secret', 'FIRST SECRET', 'x'.repeat(2_000)];
    expect(wrong.map(check)).toEqual(wrong.map(() => false));
  });

  it('never matches when none is configured', () => {
    expect([null, '', 'x'].map(createSecretCheck([]))).toEqual([false, false, false]);
    expect(() => createSecretCheck(['good', ''])).toThrow(/empty/);
  });
});

describe('routes', () => {
  const { app, calls } = startApp();
  const callback = `/api/jobs/${jobId}/callback`;
  const result = JSON.stringify({ idx: 0, status: 'done', idempotency_key: 'k' });

  it('refuse a request without credentials, and say what is needed', async () => {
    const response = await app.request('/api/user/me');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    const { error } = await json(response);
    expect(error?.code).toBe('unauthenticated');
    expect(error?.message).toMatch(/Authorization: Bearer/);
  });

  it('check credentials before anything else', async () => {
    expect((await app.request('/api/jobs/nope')).status).toBe(401);
    expect((await app.request('/api/jobs', { method: 'POST', body: '{' })).status).toBe(401);
  });

  const wrong = [{}, asMira, { 'x-gpu-callback-secret': 'wrong' }];
  it.each(wrong)('of workers want their secret, not %j', async (headers) => {
    const before = calls.length;
    expect((await app.request(callback, { method: 'POST', body: result, headers })).status).toBe(401);
    expect(calls.length).toBe(before);
  });

  it('of workers take their secret', async () => {
    expect((await app.request(callback, { method: 'POST', body: result, headers: asWorker })).status).toBe(200);
  });

  it('of administrators are forbidden to users', async () => {
    const grant = (authorization: string) =>
      app.request('/api/accounts/mira/grants', { method: 'POST', body: '{"credits":5}', headers: { authorization } });
    const response = await grant('Bearer mira');
    expect(response.status).toBe(403);
    expect((await json(response)).error?.code).toBe('forbidden');
    expect((await grant('Bearer admin')).status).toBe(200);
  });
});

it('keeps requests with one key in their order, however long each look-up takes', async () => {
  const waits = [30, 1, 10];
  const authenticate = inOrder(createAuthenticator({
    jwtSecret: null,
    devMode: false,
    findApiKey: async () => {
      await new Promise((resolve) => setTimeout(resolve, waits.shift()));
      return null;
    },
    clock: { now: () => now },
  }));
  const answered: number[] = [];
  await Promise.all([0, 1, 2].map((at) => authenticate('Bearer wb_key').then(() => answered.push(at))));
  expect(answered).toEqual([0, 1, 2]);
});

it('that fails to be looked up fails its request alone, also before its turn', async () => {
  const looks = [async () => null, async () => Promise.reject(new Error('the store is away'))];
  const authenticate = inOrder(createAuthenticator({
    jwtSecret: null,
    devMode: false,
    findApiKey: async () => {
      const look = looks.shift();
      if (looks.length === 1) await new Promise((resolve) => setTimeout(resolve, 20));
      return look?.() ?? null;
    },
    clock: { now: () => now },
  }));
  const [first, second] = await Promise.allSettled([authenticate('Bearer wb_key'), authenticate('Bearer wb_key')]);
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
});

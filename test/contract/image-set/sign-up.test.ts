import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { request, type Answer } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const signUp = (): Promise<Answer> => request(`${target.url}/api/auth/anon`, 'POST');

// They follow each other, as an address has a limit.
test('an anonymous sign-up gives an account of its own and a token of 30 days', async () => {
  const [one, other] = [await signUp(), await signUp()];
  expect([one.status, other.status]).toEqual([201, 201]);
  const { userId, token, expiresAt, user } = one.body.data;
  expect(user).toEqual({ userId, roles: ['user'] });
  expect(userId).not.toBe(other.body.data.userId);
  expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(30);
  const as = { authorization: `Bearer ${token}` };
  const me = await request(`${target.url}/api/user/me`, 'GET', undefined, as);
  expect(me.body.data).toMatchObject({ userId, plan: 'free', credits: 10, activeJobs: 0 });
  const made = await request(`${target.url}/api/jobs`, 'POST', { preset: 'interior', itemCount: 1 }, as);
  expect([made.status, made.body.data.urls[0].key]).toEqual([201, `inputs/${userId}/${made.body.data.jobId}/0.jpg`]);
  // It is a user and nothing more.
  const grant = await request(`${target.url}/api/accounts/${userId}/grants`, 'POST', { credits: 1 }, as);
  expect(grant.status).toBe(403);
});

test('one address signs up ten times in an hour, of those that come at once too', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, signUp));
  const made = answers.filter(({ status }) => status === 201).length;
  const limited = answers.filter(({ status }) => status === 429);
  expect(made + limited.length).toBe(10);
  // Tests of other files speak to the same Worker, from the same address.
  if (target.name === 'worker') expect(made).toBeLessThanOrEqual(8);
  else expect(made).toBe(8);
  for (const { body } of limited) expect(body.error.code).toBe('rate_limit');
  expect(Number(limited[0]?.headers.get('retry-after'))).toBeGreaterThan(3_000);
});

import { expect, it } from 'vitest';
import { newUser } from '../contract/user.ts';
import type { Target } from '../contract/target-types.ts';
import { startTestServer } from '../server/server.ts';
import { newDatabase } from './database.ts';

it('a plan that is changed at one server holds at the other within two seconds', async () => {
  const { url: DATABASE_URL } = await newDatabase();
  const [one, other] = await Promise.all([startTestServer({ DATABASE_URL }), startTestServer({ DATABASE_URL })]);
  const user = newUser({ url: other.url } as Target);
  const create = async () => (await user.post('/api/jobs', { preset: 'seller', itemCount: 1 })).status;
  expect([await create(), await create()]).toEqual([201, 429]);
  await newUser({ url: one.url } as Target, 'admin').put('/api/plans/free', { runningJobs: 2 });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect([await create(), await create()]).toEqual([201, 429]);
}, 60_000);

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { newType, newWorker, show, submit } from './tasks.ts';

let target: Target;
let user: User;
beforeAll(async () => {
  target = await openTarget();
  user = newUser(target);
});
afterAll(() => target.close());

test('tasks with one concurrencyKey run one at a time, whoever asks, and others run beside them', async () => {
  const type = newType();
  const [one, other] = [newWorker(target), newWorker(target)];
  const first = await submit(user, { type, concurrencyKey: 'tenant-1' });
  const second = await submit(user, { type, concurrency_key: 'tenant-1' });
  const beside = await submit(user, { type, concurrencyKey: 'tenant-2' });
  const taken = (await Promise.all([one.take(type, 5, 500), other.take(type, 5, 500)])).flat();
  expect(taken.map(({ id }) => id).sort()).toEqual([first.id, beside.id].sort());
  expect((await show(user, second.id))['waitingFor']).toMatchObject({ code: 'turn' });
  const held = taken.find(({ id }) => id === first.id)!;
  const outcomes = [...(await one.report({ leaseId: held.leaseId, type: 'complete' }))];
  // Its lease is of whichever of the two was quicker.
  if (!outcomes[0].ok) await other.report({ leaseId: held.leaseId, type: 'complete' });
  expect(await other.take(type)).toMatchObject([{ id: second.id }]);
});

test('a dedupeKey belongs to one user and one type, in bulk requests too', async () => {
  const [type, dedupeKey] = [newType(), 'import-7'];
  const { id } = await submit(user, { type, dedupeKey });
  const again = await submit(user, { type, dedupe_key: dedupeKey, data: { another: true } });
  expect(again).toMatchObject({ id, deduplicated: true, data: null });
  const others = [
    await submit(user, { type: newType(), dedupeKey }), await submit(newUser(target), { type, dedupeKey }),
  ];
  for (const other of others) {
    expect(other['deduplicated']).toBe(false);
    expect(other.id).not.toBe(id);
  }
  const jobs = [{ type, dedupeKey }, { type, dedupeKey }];
  const { results } = (await user.post('/api/v1/jobs/bulk', { action: 'create', jobs })).body.data;
  expect(results).toEqual([{ id, ok: true }, { id, ok: true }]);
});

test('an attempt fails at its timeout although its worker reports nothing', async () => {
  const worker = newWorker(target);
  const { id, type } = await submit(user, { timeout: 1_000, maxAttempts: 1 });
  const [lease] = await worker.take(type as string);
  await expect.poll(async () => (await show(user, id)).status, { timeout: 15_000 }).toBe('failed');
  expect((await show(user, id))['errorLog']).toMatchObject([{ message: expect.stringContaining('1000 ms') }]);
  expect(await worker.report({ leaseId: lease?.leaseId, type: 'complete' })).toMatchObject([
    { ok: false, error: { code: 'lease_lost' } },
  ]);
});

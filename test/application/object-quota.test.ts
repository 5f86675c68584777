import { expect, it } from 'vitest';
import { ObjectQuota } from '../../src/application/quotas/object-quota.ts';

/** A bucket whose contents and clock are set by the test; it counts how often it is measured. */
function bucket(limit: number) {
  const state = { now: 0, size: 0, looks: 0 };
  const list = async () => {
    state.looks += 1;
    return { objects: [{ key: 'a', size: state.size }], cursor: null };
  };
  const quota = new ObjectQuota(
    { objects: { list } as never, ownerPrefixes: () => ['ada/'], clock: { now: () => state.now } }, async () => limit,
  );
  return { quota, state };
}

it('a bucket is measured again when what was uploaded by URLs is used', async () => {
  const { quota, state } = bucket(100);
  expect(await quota.problem('ada', 100)).toBeNull();
  state.size = 101;
  state.now = 9_999;
  expect(await quota.exceeded('ada')).toBeNull();
  state.now = 10_000;
  expect(await quota.exceeded('ada')).toMatchObject({
    code: 'quota_exceeded', details: { what: 'objectBytes', limit: 100, used: 101 },
  });
  state.size = 100;
  state.now = 20_000;
  expect(await quota.exceeded('ada')).toBeNull();
  expect(state.looks).toBe(3);
});

it('storage that counts uploads on the way is not measured again for those that are used', async () => {
  const { quota, state } = bucket(100);
  expect(await quota.problem('ada', 100)).toBeNull();
  quota.count('ada', 101);
  state.now = 60_000;
  expect(await quota.exceeded('ada')).toMatchObject({ code: 'quota_exceeded', details: { used: 101 } });
  expect(state.looks).toBe(1);
});

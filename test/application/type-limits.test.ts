import { beforeEach, expect, it } from 'vitest';
import { maxTypes, TypeLimits } from '../../src/kinds/task/application/type-limits.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';

let stored: { ownerId: string; type: string }[];
let clock: ReturnType<typeof createFakeClock>;
const counted = (kind: string, type: string) => ({ kind, type, state: 'pending', count: 1 });
beforeEach(() => {
  stored = [];
  clock = createFakeClock(0);
});

/** Of one server; several may be over what is stored. */
function limits(perOwner: number | null = null): TypeLimits {
  const counts = async () => [...stored.map(({ type }) => counted('task', type)), counted('image-set', '')];
  const typesOf = async (owner: string) => stored.filter(({ ownerId }) => ownerId === owner).map(({ type }) => type);
  return new TypeLimits({ counts, typesOf }, clock, perOwner);
}

const ofOthers = (count: number) => Array.from({ length: count }, (_, n) => ({ ownerId: 'other', type: `type-${n}` }));

it('accepts new types up to the limit, and existing types always', async () => {
  stored = ofOthers(maxTypes - 1);
  const types = limits();
  const last = await types.admit('ada', 'the last one');
  expect(last.refusal).toBeNull();
  expect((await types.admit('ada', 'one more')).refusal?.code).toBe('invalid_request');
  expect((await types.admit('ada', 'the last one')).refusal).toBeNull();
  last.settle(true);
  const fields = { type: 'must be one of the 1000 existing types' };
  expect((await types.admit('ada', 'one more')).refusal?.details).toEqual({ fields });
  expect((await types.admit('bob', 'type-7')).refusal).toBeNull();
});

it('counts no type of which nothing was stored', async () => {
  stored = ofOthers(maxTypes - 1);
  const types = limits();
  for (let n = 0; n < 5; n += 1) {
    const permit = await types.admit('ada', `refused-${n}`);
    expect(permit.refusal).toBeNull();
    permit.settle(false);
  }
});

it('never admits more concurrent types than the limit allows', async () => {
  const types = limits(3);
  const permits = await Promise.all(Array.from({ length: 10 }, (_, n) => types.admit('ada', `type-${n % 5}`)));
  expect(permits.filter(({ refusal }) => refusal === null)).toHaveLength(6);
});

it('counts types per owner, even if others use the same ones, and names the limit', async () => {
  stored = [...ofOthers(3), { ownerId: 'ada', type: 'type-0' }, { ownerId: 'ada', type: 'own' }];
  const types = limits(2);
  const { refusal } = await types.admit('ada', 'type-1');
  expect(refusal).toMatchObject({
    code: 'quota_exceeded', details: { kind: 'task', what: 'types', limit: 2, used: 2 },
  });
  expect(refusal?.message).toContain('TYPES_PER_OWNER');
  for (const type of ['type-0', 'own']) expect((await types.admit('ada', type)).refusal).toBeNull();
  expect((await types.admit('bob', 'type-1')).refusal).toBeNull();
});

it('hears of types that another server took, and of those that went, within a second', async () => {
  const types = limits(2);
  const first = await types.admit('ada', 'mine');
  first.settle(true);
  stored = [{ ownerId: 'ada', type: 'mine' }, { ownerId: 'ada', type: 'elsewhere' }];
  clock.advance(1_000);
  expect((await types.admit('ada', 'third')).refusal?.code).toBe('quota_exceeded');
  stored = [];
  clock.advance(1_000);
  expect((await types.admit('ada', 'third')).refusal).toBeNull();
});

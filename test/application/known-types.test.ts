import { expect, it } from 'vitest';
import { KnownTypes, maxTypes } from '../../src/application/tasks/known-types.ts';

const counted = (kind: string, type: string): { kind: string; type: string; state: string; count: number } => ({
  kind, type, state: 'pending', count: 1,
});

it('takes new types of task until there are too many, and those that there are for ever', async () => {
  const stored = Array.from({ length: maxTypes - 1 }, (_, n) => counted('task', `type-${n}`));
  const types = new KnownTypes({ counts: async () => [...stored, counted('image-set', '')] });
  expect(types.has('type-1')).toBe(false);
  expect(await types.hasRoomFor('type-1')).toBe(true);
  expect(await types.hasRoomFor('the last one')).toBe(true);
  expect(await types.hasRoomFor('one more')).toBe(false);
  expect(types.has('the last one')).toBe(true);
  expect(types.has('one more')).toBe(false);
});

it('hears of types that another server took', async () => {
  const stored = [counted('task', 'mine')];
  const types = new KnownTypes({ counts: async () => stored });
  for (let n = 0; n < maxTypes - 1; n++) stored.push(counted('task', `theirs-${n}`));
  expect(await types.hasRoomFor('yours')).toBe(false);
  expect(await types.hasRoomFor('theirs-7')).toBe(true);
});

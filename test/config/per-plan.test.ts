import { expect, it } from 'vitest';
import { perPlan } from '../../src/main/config/per-plan.ts';

it.each([
  ['1000', { free: 1000, pro: 1000 }],
  ['0', { free: null, pro: null }],
  ['free=10', { free: 10 }],
  ['free=10, pro=0', { free: 10, pro: null }],
])('a number for each plan is read from %s', (text, limits) => expect(perPlan.parse(text)).toEqual(limits));

it.each(['', 'x', '-1', '1.5', 'free', 'free=', 'free=x', 'gold=1', 'free=1,free=2', '1e3', 'toString=1'])(
  'a number for each plan is not read from %j',
  (text) => expect(perPlan.parse(text)).toBeUndefined(),
);

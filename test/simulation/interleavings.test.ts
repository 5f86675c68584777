import { simulatedKinds } from '../../scripts/simulated-kinds.ts';
import { expect, it } from 'vitest';
import { imageSetLifecycle } from '../../src/kinds/image-set/domain/lifecycle.ts';
import { taskLifecycle } from '../../src/kinds/task/domain/lifecycle.ts';
import { describeFinding, simulate } from '../../src/testing/simulator/simulate.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import { Tally } from '../../src/testing/simulator/tally.ts';

/** What these scenarios have to come across, else they prove little; `npm run simulate` plays as many as one likes. */
const everywhere = [
  ...imageSetLifecycle.transitions.map(({ from, to }) => `image-set ${from ?? 'nothing'} → ${to}`),
  ...taskLifecycle.transitions.map(({ from, to }) => `task ${from ?? 'nothing'} → ${to}`),
  ...['image-set', 'task'].flatMap((kind) =>
    ['succeeded', 'failed', 'canceled'].map((how) => `task depends on ${kind}: ${how}`)),
  'conflict',
  'server died',
  ...['conflict', 'cut off', 'lost', 'nothing stored', 'unanswered'].map((fate) => `fault: ${fate}`),
  'create: concurrency_limit',
  'create: idempotency_mismatch',
  'create: insufficient_credits',
  'create: nobody knows',
  'grant: nobody knows',
  'confirm: invalid_state',
  'execute: not_found',
  'report: conflict',
  'report: invalid_request',
  'extend: lease_lost',
  'submit: idempotency_mismatch',
  'submit: invalid_request',
  'submit: nobody knows',
  'cancel-task: conflict',
  'retry-task: conflict',
  'retry-task: invalid_state',
  'delete-task: conflict',
  'delete-task: done',
  'limit: done',
  'take: nobody knows',
  'tell: lease_lost',
  'tell: nobody knows',
];

/** From this seed on everything comes up soon. After a change that has made it rare they go on until it has. */
const [first, rounds, more, most] = [400, 100, 50, 2_000];

it(`every guarantee holds in ${rounds} interleavings and more from seed ${first}`, { timeout: 600_000 }, async () => {
  const store = openSimulatedSqlite();
  const tally = new Tally();
  const missing = (): string[] => everywhere.filter((place) => tally.of(place) === 0);
  const play = async (seed: number, count: number): Promise<void> => {
    const finding = await simulate({ kinds: simulatedKinds, store, seed, rounds: count, tally });
    expect(finding === null ? null : describeFinding(finding)).toBeNull();
  };
  await play(first, rounds);
  const end = first + most;
  for (let seed = first + rounds; seed < end && missing().length > 0; seed += more) await play(seed, more);
  await store.close();
  expect(missing()).toEqual([]);
});

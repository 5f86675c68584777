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

const [seed, rounds] = [1, 500];

it(`every guarantee holds in ${rounds} interleavings from seed ${seed} on`, { timeout: 600_000 }, async () => {
  const store = openSimulatedSqlite();
  const tally = new Tally();
  const finding = await simulate({ kinds: simulatedKinds, store, seed, rounds, tally });
  await store.close();
  expect(finding === null ? null : describeFinding(finding)).toBeNull();
  expect(everywhere.filter((place) => tally.of(place) === 0)).toEqual([]);
});

import * as z from 'zod';
import type { MovementType } from '../domain/account/account.ts';
import { count, jobId, limits, namesOf, probability, time, userId } from './fields.ts';
import { defineRoute, table, type DeepReadonly } from './route.ts';

const movementTypes = namesOf<MovementType>({ grant: true, reserve: true, return: true, commit: true, rollback: true });
const key = z.string().nullable().describe('Object key; null where there is none.');

const history = z.object({
  job: z.object({
    jobId,
    kind: z.string(),
    ownerId: userId,
    status: z.string(),
    itemsTotal: count(limits.items),
    itemsDone: count(limits.items),
    itemsFailed: count(limits.items),
    costEstimate: count(limits.credits).describe('Credits that were reserved when it was created.'),
    creditsSpent: count(limits.credits),
    createdAt: time,
    startedAt: time.nullable(),
    endedAt: time,
    error: z.string().nullable().describe(
      'Why the job did not succeed; null if it succeeded or was canceled on request.',
    ),
  }),
  items: z.array(
    z.object({
      idx: count(limits.items),
      state: z.enum(['done', 'failed', 'unfinished']).describe('`unfinished`: canceled before it had a result.'),
      inputKey: key.describe('Object key of what it was made from.'),
      outputKey: key,
      previewKey: key,
      error: z.string().nullable(),
      errorCode: z.string().nullable(),
      confidence: probability.nullable(),
      recordedAt: time.nullable(),
    }),
  ),
  billing: z.array(
    z.object({
      sequence: count(Number.MAX_SAFE_INTEGER, 1).describe("Number in the account's ledger."),
      type: z.enum(movementTypes),
      amount: count(limits.credits, 1).describe('Credits.'),
      at: time,
    }),
  ),
});

/** What was left of one job. */
export type HistoryExample = DeepReadonly<z.input<typeof history>>;

/** The routes over what is left of jobs; the example is of one of the kinds. */
export function historyRoutes(example: HistoryExample) {
  return table(getHistory(example));
}

export type HistoryRoutes = ReturnType<typeof historyRoutes>;

function getHistory(example: HistoryExample) {
  return defineRoute({
    name: 'getHistory',
    method: 'GET',
    path: '/api/jobs/:id/history',
    auth: 'user',
    tag: 'Jobs',
    summary: "Show a job's archived history",
    description: 'Written once, when the job ends: the job, its items, and what it cost. 404 until then.',
    params: z.object({ id: jobId }),
    answer: history,
    errors: ['not_found'],
    example: { params: { id: example.job.jobId }, answer: example },
  });
}

import * as z from 'zod';
import type { MovementType } from '../domain/account/account.ts';
import { count, jobId, limits, namesOf, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

const movementTypes = namesOf<MovementType>({ grant: true, reserve: true, return: true, commit: true, rollback: true });
const exampleId = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const key = z.string().nullable().describe('Object key; null when nothing was delivered.');

export const getHistory = defineRoute({
  name: 'getHistory',
  method: 'GET',
  path: '/api/jobs/:id/history',
  auth: 'user',
  tag: 'Jobs',
  summary: 'Show what is left of a job that ended',
  description: 'Written once, when the job ended: the job, its items, and what it cost. 404 before.',
  params: z.object({ id: jobId }),
  answer: z.object({
    job: z.object({
      jobId,
      kind: z.string(),
      ownerId: userId,
      status: z.string(),
      itemsTotal: count(limits.items),
      itemsDone: count(limits.items),
      itemsFailed: count(limits.items),
      costEstimate: count(limits.credits).describe('Credits that were reserved for it when it was made.'),
      creditsSpent: count(limits.credits),
      createdAt: time,
      startedAt: time.nullable(),
      endedAt: time,
      error: z.string().nullable().describe('Why it did not do what it should; null when it did.'),
    }),
    items: z.array(
      z.object({
        idx: count(limits.items),
        state: z.enum(['done', 'failed', 'unfinished']).describe('`unfinished`: canceled before it had a result.'),
        inputKey: key.describe('Object key of the photo.'),
        outputKey: key,
        previewKey: key,
        error: z.string().nullable(),
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
  }),
  errors: ['not_found'],
  example: {
    params: { id: exampleId },
    answer: {
      job: {
        jobId: exampleId, kind: 'image-set', ownerId: 'mira', status: 'done', itemsTotal: 1, itemsDone: 1,
        itemsFailed: 0, costEstimate: 1, creditsSpent: 1, createdAt: '2026-11-22T09:30:00.000Z',
        startedAt: '2026-11-22T09:31:12.480Z', endedAt: '2026-11-22T09:31:12.480Z', error: null,
      },
      items: [
        {
          idx: 0, state: 'done', inputKey: `inputs/mira/${exampleId}/0.jpg`,
          outputKey: `outputs/mira/${exampleId}/0_result.png`,
          previewKey: `previews/mira/${exampleId}/0_thumb.jpg`, error: null, recordedAt: '2026-11-22T09:31:12.480Z',
        },
      ],
      billing: [
        { sequence: 2, type: 'reserve', amount: 1, at: '2026-11-22T09:30:00.000Z' },
        { sequence: 3, type: 'commit', amount: 1, at: '2026-11-22T09:31:12.480Z' },
      ],
    },
  },
});

export const historyRoutes = table(getHistory);

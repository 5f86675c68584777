import * as z from 'zod';
import { count, jobId, line, pageLimit, time } from './fields.ts';
import { defineRoute, table } from './route.ts';

export const workerId = line(200);

const pageSize = 100;

const worker = z
  .object({
    id: workerId,
    types: z.array(z.string()).describe('What it takes.'),
    holds: z.object({
      count: count(Number.MAX_SAFE_INTEGER),
      jobs: z
        .array(z.object({ id: jobId, type: z.string(), since: time.describe('When it was given the job.') }))
        .describe('Up to 100, those held longest first.'),
    }),
    since: time.describe('When it was first heard of.'),
    heardAt: time.describe('When it was last heard of, within 20 seconds.'),
  })
  .meta({ id: 'Worker' });

export const listWorkers = defineRoute({
  name: 'listWorkers',
  method: 'GET',
  path: '/api/v1/workers',
  auth: 'operator',
  tag: 'Workers',
  summary: 'List who is at work',
  description:
    'At every server, by id. One that says that it stops is gone at once, one that is not heard of any more is gone ' +
    'after ten minutes; its jobs are given to others when their leases have run out. Of 10,000 at most.',
  query: z.object({
    limit: pageLimit(pageSize).default(50),
    cursor: workerId.exactOptional().describe('`nextCursor` of the page before.'),
  }),
  answer: z.object({
    workers: z.array(worker),
    complete: z
      .boolean()
      .describe('False: workers hold more than 10,000 jobs together, and those with the latest leases are left out.'),
    nextCursor: z.string().nullable().describe('Null: the last page.'),
  }),
  example: {
    query: { limit: 50 },
    answer: {
      workers: [
        {
          id: 'gpu-3-4711-k2x9',
          types: ['import_voters'],
          holds: {
            count: 1,
            jobs: [
              {
                id: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41',
                type: 'import_voters',
                since: '2026-11-22T09:30:04.000Z',
              },
            ],
          },
          since: '2026-11-22T08:00:00.000Z',
          heardAt: '2026-11-22T09:30:07.000Z',
        },
      ],
      complete: true,
      nextCursor: null,
    },
  },
});

export const workerRoutes = table(listWorkers);

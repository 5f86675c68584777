import * as z from 'zod';
import { count, jobId, line, pageLimit, time } from './fields.ts';
import { defineRoute, table } from './route.ts';

export const workerId = line(200);

const pageSize = 100;

const worker = z
  .object({
    id: workerId,
    types: z.array(z.string()).describe('Types of job that it claims.'),
    holds: z.object({
      count: count(Number.MAX_SAFE_INTEGER),
      jobs: z
        .array(z.object({ id: jobId, type: z.string(), since: time.describe('When it claimed the job.') }))
        .describe('Up to 100, held longest first.'),
    }),
    since: time.describe('First heartbeat.'),
    heardAt: time.describe('Last heartbeat, accurate to 20 seconds.'),
  })
  .meta({ id: 'Worker' });

export const listWorkers = defineRoute({
  name: 'listWorkers',
  method: 'GET',
  path: '/api/v1/workers',
  auth: 'operator',
  tag: 'Workers',
  summary: 'List workers',
  description:
    'Of all servers, by id. A worker that announces its stop disappears at once, one that sends no heartbeats ' +
    'after ten minutes; its jobs go to other workers when their leases expire. At most 10,000.',
  query: z.object({
    limit: pageLimit(pageSize).default(50),
    cursor: workerId.exactOptional().describe('`nextCursor` of the previous page.'),
  }),
  answer: z.object({
    workers: z.array(worker),
    complete: z
      .boolean()
      .describe('False if workers hold more than 10,000 jobs in total: those with the latest leases are left out.'),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
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

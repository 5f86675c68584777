import * as z from 'zod';
import { count, limits, time } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** How jobs of each type have fared within a day. */

const many = count(Number.MAX_SAFE_INTEGER);
const spread = z.object({ p50: many, p95: many }).nullable();
const ended = { ended: many, failed: many };

export const listTypeTimes = defineRoute({
  name: 'listTypeTimes',
  method: 'GET',
  path: '/api/jobs/stats/types',
  auth: 'operator',
  tag: 'Jobs',
  summary: 'Show how jobs of each type have fared within a day',
  description:
    'How many ended and failed in the last 24 hours, and how long they waited and ran: p50 and p95, right to a ' +
    'tenth. Everybody’s, by sums that each server stores every few seconds: what a server that was killed had not ' +
    'stored is not in them.',
  query: z.object({ kind: z.string().max(limits.valueLength).exactOptional().describe('Only types of this kind.') }),
  answer: z.object({
    from: time.describe('When the first of the 24 hours begins.'),
    types: z.array(
      z.object({
        kind: z.string(),
        type: z.string().nullable().describe('Null where the kind has no types.'),
        ...ended,
        waitMs: spread.describe('From the creation to the first start, deferral included. Null where none started.'),
        runMs: spread.describe('From the first start to the end, further attempts included.'),
        hours: z.array(z.object(ended)).describe('24, oldest first; the last one is not over.'),
      }),
    ),
    truncated: z.boolean().describe('Whether there were more types than are counted.'),
  }),
  example: {
    query: { kind: 'order' },
    answer: {
      from: '2026-11-21T10:00:00.000Z',
      types: [{
        kind: 'order', type: 'report', ended: 1_204, failed: 3, waitMs: { p50: 43, p95: 1_180 },
        runMs: { p50: 820, p95: 4_300 },
        hours: Array.from({ length: 24 }, (_, at) => ({ ended: at === 23 ? 54 : 50, failed: at === 9 ? 3 : 0 })),
      }],
      truncated: false,
    },
  },
});

export const typeTimesRoutes = table(listTypeTimes);

import * as z from 'zod';
import { phase } from '../../../contract/fields.ts';
import { listedJob } from '../job.ts';
import { defineTool, reads, type Tool } from '../tool.ts';

const text = (max: number) => z.string().min(1).max(max);
const moment = text(40);

/** `kinds`: what there is, in words for the model. */
export const listJobsTool = (kinds: string): Tool => defineTool({
  name: 'list_jobs',
  title: 'List jobs',
  description:
    'Jobs of all kinds, newest first: your own, or everybody\'s for an administrator. Filters are combined. ' +
    'phase "failed" lists what failed, "active" what runs, "waiting" what has not started. `total` counts all pages.',
  hints: reads,
  input: z.strictObject({
    kind: text(50).exactOptional().describe(kinds),
    type: text(100).exactOptional().describe('The sort of work within the kind.'),
    status: text(500).exactOptional().describe("One of the kind's states, or several with commas between."),
    phase: phase.exactOptional().describe('What the states of all kinds have in common.'),
    owner: text(128).exactOptional().describe('User id; for administrators.'),
    label: z.array(text(320)).min(1).max(8).exactOptional().describe('Labels as name:value, all of which a job has.'),
    parent: text(100).exactOptional().describe('Only jobs that this job has started.'),
    createdFrom: moment.exactOptional().describe('ISO time, or a date: created then or later.'),
    createdBefore: moment.exactOptional().describe('ISO time, or a date: created before.'),
    limit: z.int().min(1).max(50).default(20).describe('Jobs of one page.'),
    cursor: text(100).exactOptional().describe('nextCursor of the previous page.'),
  }),
  output: z.object({
    jobs: z.array(listedJob),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
    total: z.number().describe('How many all pages have.'),
    totalCapped: z.boolean().describe('Whether there may be more than total.'),
  }),
  async run(query, { client, signal }) {
    return { data: await client().listJobs({ query }, { signal }) };
  },
});

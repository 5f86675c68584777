import * as z from 'zod';
import { after, count, jobId, line, nextAfter, pageSize, phase, progress, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** What jobs of all kinds have in common. */

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';

export const jobSummary = z
  .object({
    jobId,
    kind: z.string().describe('`image-set` or `task`'),
    type: z.string().exactOptional().describe('Tasks only.'),
    ownerId: userId,
    status: z.string().describe("One of the kind's states."),
    phase: phase.describe('What the states of all kinds have in common.'),
    preset: z.string().exactOptional().describe('Image sets only.'),
    progress: progress.exactOptional().describe('Image sets only.'),
    createdAt: time,
    updatedAt: time,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    deadlineAt: time.nullable().describe('When the job expires if nothing else happens to it; null once it has ended.'),
  })
  .meta({ id: 'JobSummary' });

export const listJobs = defineRoute({
  name: 'listJobs',
  method: 'GET',
  path: '/api/jobs',
  auth: 'user',
  tag: 'Jobs',
  summary: 'List jobs',
  description: "Your own, newest first. An administrator's list holds everybody's, or those of `owner`.",
  query: z.object({
    status: line(50).exactOptional(),
    phase: phase.exactOptional(),
    kind: line(50).exactOptional(),
    owner: userId.exactOptional().describe('Administrators only.'),
    limit: pageSize,
    cursor: line(200).exactOptional().describe('`nextCursor` of the page before.'),
  }),
  answer: z.object({
    jobs: z.array(jobSummary),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
  }),
  example: {
    query: { phase: 'active', limit: 20 },
    answer: {
      jobs: [
        {
          jobId: id,
          kind: 'image-set',
          ownerId: 'mira',
          status: 'running',
          phase: 'active',
          preset: 'remove-background',
          progress: { done: 1, failed: 0, total: 3 },
          createdAt: '2026-11-22T09:30:00.000Z',
          updatedAt: '2026-11-22T09:31:12.480Z',
          startedAt: '2026-11-22T09:31:12.480Z',
          endedAt: null,
          deadlineAt: '2026-11-22T10:30:41.007Z',
        },
      ],
      nextCursor: null,
    },
  },
});

export const listEvents = defineRoute({
  name: 'listEvents',
  method: 'GET',
  path: '/api/jobs/:id/events',
  auth: 'user',
  tag: 'Jobs',
  summary: 'List what happened to a job',
  description: 'The stored events, oldest first. Folding them gives the job.',
  params: z.object({ id: jobId }),
  query: z.object({ after, limit: pageSize }),
  answer: z.object({
    events: z.array(
      z.object({
        sequence: count(Number.MAX_SAFE_INTEGER, 1).describe("1 for the job's first event, without gaps."),
        type: z.string().describe('Past tense: `UploadConfirmed`.'),
        status: z.string().nullable().describe('The status that the job entered; null when it stayed.'),
        at: time,
        actor: z.string().describe('Who said so: a user, `worker`, `system`.'),
        correlationId: z.string().describe('Ties together what one request caused.'),
        data: z.record(z.string(), z.unknown()).describe('What else the event says, by its type.'),
      }),
    ),
    nextAfter,
  }),
  example: {
    params: { id },
    query: { after: 0, limit: 50 },
    answer: {
      events: [
        {
          sequence: 1,
          type: 'JobCreated',
          status: 'created',
          at: '2026-11-22T09:30:00.000Z',
          actor: 'mira',
          correlationId: '01935a3e-7c1c-7a90-8d5b-6f0e4b1c2a77',
          data: { ownerId: 'mira', preset: 'remove-background', itemCount: 3 },
        },
      ],
      nextAfter: null,
    },
  },
});

export const jobRoutes = table(listJobs, listEvents);

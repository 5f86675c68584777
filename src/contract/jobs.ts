import * as z from 'zod';
import { after, count, jobId, line, nextAfter, pageSize, phase, time, userId } from './fields.ts';
import { jobEvent } from './job-event.ts';
import { defineRoute, table } from './route.ts';

/** What jobs of all kinds have in common, and the routes that serve them, whatever their kind. */

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const params = { id };

export const jobProgress = z
  .object({
    done: count(Number.MAX_SAFE_INTEGER),
    failed: count(Number.MAX_SAFE_INTEGER),
    total: count(Number.MAX_SAFE_INTEGER).nullable().describe('Null while nobody has said how many there are.'),
    percent: count(100).describe('Rounded down; 100 only when all of it is done.'),
  })
  .meta({ id: 'JobProgress', description: 'Items by what became of them.' });

/** First in the view of every job. A kind's own view has its name as `kind`, its states as `status`, and more. */
export const sharedFields = {
  id: jobId,
  kind: z.string(),
  type: z.string().nullable().describe('The sort of work within the kind; null where the kind has none.'),
  ownerId: userId,
  status: z.string().describe("One of the kind's states."),
  phase: phase.describe('What the states of all kinds have in common.'),
  createdAt: time,
  updatedAt: time,
  startedAt: time.nullable().describe('When the first work was seen; null before.'),
  endedAt: time.nullable(),
  deadlineAt: time.nullable().describe('When the job expires if nothing else happens to it; null where it does not.'),
  progress: jobProgress,
  labels: z.record(z.string(), z.string()).describe('What lists find it by.'),
  costMicroUsd: count(Number.MAX_SAFE_INTEGER).describe('What it has cost so far. Micro-dollars.'),
  parentId: z.uuid().nullable().describe('The job that it is a part of, or null.'),
};

const anyJob = z.object(sharedFields);
type SharedInput = z.input<typeof anyJob>;

/** What a kind says of its jobs' views. Each has `sharedFields`, with a literal as `kind`. */
export interface JobContract {
  /** Of a job that is asked for by itself. */
  readonly view: JobViewSchema;
  /** Of a row of a list. */
  readonly summary: JobViewSchema;
  readonly example: { readonly view: unknown; readonly summary: unknown };
}

type JobViewSchema = z.ZodObject & z.ZodType<SharedInput, SharedInput>;

type OneOf<S extends z.ZodType> = z.ZodType<z.output<S>, z.input<S>>;

function oneOf<S extends z.ZodType>(schemas: readonly S[]): OneOf<S> {
  return z.discriminatedUnion('kind', schemas as never) as never;
}

/** The routes over all kinds: `kinds` are the contracts of those whose jobs people may see. */
export function jobRoutes<const K extends readonly [JobContract, ...JobContract[]]>(kinds: K) {
  const view = oneOf<K[number]['view']>(kinds.map((kind) => kind.view));
  const summary = oneOf<K[number]['summary']>(kinds.map((kind) => kind.summary));
  const [{ example }] = kinds;
  return table(
    listJobs(summary, example.summary),
    getJob(view, example.view),
    listJobEvents,
    cancelJob(view, example.view),
    retryJob(view, example.view),
  );
}

/** As they are where nobody asks for the kinds. */
export type JobRoutes = ReturnType<typeof jobRoutes>;

function listJobs<S extends z.ZodType>(summary: S, example: unknown) {
  return defineRoute({
    name: 'listJobs',
    method: 'GET',
    path: '/api/jobs',
    auth: 'user',
    tag: 'Jobs',
    summary: 'List jobs',
    description: "Your own, newest first. An administrator's list holds everybody's, or those of `owner`.",
    query: z.object({
      kind: line(50).exactOptional(),
      status: line(50).exactOptional(),
      phase: phase.exactOptional(),
      owner: userId.exactOptional().describe("Other users' are listed for administrators only."),
      limit: pageSize,
      cursor: jobId.exactOptional().describe('`nextCursor` of the page before.'),
    }),
    answer: z.object({
      jobs: z.array(summary),
      nextCursor: z.string().nullable().describe('Null on the last page. A page ends early at 1 MiB.'),
    }),
    example: {
      query: { phase: 'active', limit: 20 },
      answer: { jobs: [example], nextCursor: null } as never,
    },
  });
}

function getJob<S extends z.ZodType>(view: S, example: unknown) {
  return defineRoute({
    name: 'getJob',
    method: 'GET',
    path: '/api/jobs/:id',
    auth: 'user',
    tag: 'Jobs',
    summary: 'Show a job',
    description: 'Of whatever kind: what all jobs have in common, and what its kind says beside.',
    params: z.object({ id: jobId }),
    answer: view,
    example: { params, answer: example as never },
  });
}

export const listJobEvents = defineRoute({
  name: 'listJobEvents',
  method: 'GET',
  path: '/api/jobs/:id/events',
  auth: 'user',
  tag: 'Jobs',
  summary: 'List what happened to a job',
  description: 'The stored events, oldest first. Folding them gives the job.',
  params: z.object({ id: jobId }),
  query: z.object({ after, limit: pageSize }),
  answer: z.object({
    events: z.array(jobEvent),
    nextAfter,
  }),
  example: {
    params,
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

function cancelJob<S extends z.ZodType>(view: S, example: unknown) {
  return defineRoute({
    name: 'cancelJob',
    method: 'POST',
    path: '/api/jobs/:id/cancel',
    auth: 'user',
    tag: 'Jobs',
    summary: 'Cancel a job',
    description:
      'At once, unless a worker has it that is told to stop first. What was delivered stays paid; the rest of the ' +
      'credits comes back. A job that has ended is not canceled.',
    params: z.object({ id: jobId }),
    answer: view,
    errors: ['invalid_state', 'conflict'],
    example: { params, answer: example as never },
  });
}

function retryJob<S extends z.ZodType>(view: S, example: unknown) {
  return defineRoute({
    name: 'retryJob',
    method: 'POST',
    path: '/api/jobs/:id/retry',
    auth: 'user',
    tag: 'Jobs',
    summary: 'Retry a job',
    description: 'One that failed or was canceled begins anew, where its kind has that.',
    params: z.object({ id: jobId }),
    answer: view,
    errors: ['invalid_state', 'conflict', 'quota_exceeded'],
    example: { params, answer: example as never },
  });
}

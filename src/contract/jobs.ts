import * as z from 'zod';
import { after, count, jobCursor, jobId, line, nextAfter, pageSize, phase, time, userId } from './fields.ts';
import { jobEvent, type JobEventView } from './job-event.ts';
import { jobSaga } from './job-saga.ts';
import { labelParameters, labels } from './labels.ts';
import { moment } from './moment.ts';
import { defineRoute, table, type DeepReadonly } from './route.ts';
import { maxTail } from './sizes.ts';

/** What jobs of all kinds have in common, and the routes that serve them, whatever their kind. */

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
  /** What a row leaves out unless it is asked for. */
  readonly payloadFields: readonly string[];
  /** Labels that lists find its jobs by under their own names too. */
  readonly labelNames?: readonly string[];
  /** What is said of its jobs beside the counts; each field may be missing. */
  readonly figures?: z.ZodObject;
  readonly example: JobExample;
}

/** One job, as the documents show it. */
export interface JobExample {
  readonly view: DeepReadonly<SharedInput>;
  readonly summary: DeepReadonly<SharedInput>;
  /** Something that happened to it. */
  readonly event: JobEventView;
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
    listJobs(summary, example.summary, {
      payloadFields: [...new Set(kinds.flatMap((kind) => kind.payloadFields))],
      labelNames: [...new Set(kinds.flatMap((kind) => kind.labelNames ?? []))],
    }),
    jobStats(example, kinds.map(({ figures }) => figures?.shape ?? {})),
    getJob(view, example.view),
    listJobEvents(example),
    listJobSagas(example),
    cancelJob(view, example.view),
    retryJob(view, example.view),
  );
}

/** The routes for any kinds. */
export type JobRoutes = ReturnType<typeof jobRoutes>;

/** What may be asked for of `known`, with commas between. */
function fieldsOf(known: readonly string[]) {
  return z
    .string()
    .max(200)
    .transform((text) => text.split(','))
    .refine((names) => names.every((name) => known.includes(name)), {
      error: `must name some of ${known.join(', ')}, separated by commas`,
    })
    .describe(`What rows have of ${known.map((name) => `\`${name}\``).join(', ')}, separated by commas.`);
}

function listJobs<S extends z.ZodType>(
  summary: S,
  example: unknown,
  { payloadFields, labelNames }: { readonly payloadFields: readonly string[]; readonly labelNames: readonly string[] },
) {
  return defineRoute({
    name: 'listJobs',
    method: 'GET',
    path: '/api/jobs',
    auth: 'user',
    tag: 'Jobs',
    summary: 'List jobs',
    description:
      "Your own, newest first. An administrator's list holds everybody's, or those of `owner`. What is large is left " +
      'out of rows unless `fields` asks for it.',
    query: z.object({
      kind: line(50).exactOptional(),
      type: line(100).exactOptional(),
      status: line(500).exactOptional().describe('One, or several with commas between.'),
      phase: phase.exactOptional(),
      owner: userId.exactOptional().describe("Other users' are listed for administrators only."),
      label: labels.exactOptional(),
      parent: jobId.exactOptional().describe('Those that are a part of this job.'),
      createdFrom: moment.exactOptional().describe('Made then or later.'),
      createdBefore: moment.exactOptional().describe('Made before.'),
      limit: pageSize,
      cursor: jobCursor.exactOptional(),
      offset: count(10_000).exactOptional().describe('How many of the newest to leave out; not with `cursor`.'),
      ...labelParameters(labelNames),
      fields: fieldsOf(payloadFields).exactOptional(),
    }),
    answer: z.object({
      jobs: z.array(summary),
      nextCursor: z.string().nullable().describe('Null on the last page. A page ends early at 1 MiB.'),
      total: count(Number.MAX_SAFE_INTEGER).describe('How many all pages have.'),
      totalCapped: z
        .boolean()
        .describe('Whether there may be more than `total`: no more were counted, as it takes longer than a page.'),
    }),
    example: {
      query: { phase: 'active', limit: 20 },
      answer: { jobs: [example], nextCursor: null, total: 1, totalCapped: false } as never,
    },
  });
}

function jobStats({ view: { kind, status, phase: reached } }: JobExample, figures: readonly object[]) {
  return defineRoute({
    name: 'jobStats',
    method: 'GET',
    path: '/api/jobs/stats',
    auth: 'user',
    tag: 'Jobs',
    summary: 'Count jobs',
    description: "Your own, by kind and status. An administrator's answer counts everybody's, or those of `owner`.",
    query: z.object({ owner: userId.exactOptional().describe("Other users' are counted for administrators only.") }),
    answer: z.object({
      // Callers know the figures of their kind.
      ...(Object.assign({}, ...figures) as Record<never, never>),
      counts: z.array(
        z.object({
          kind: z.string(),
          status: z.string(),
          phase,
          count: count(Number.MAX_SAFE_INTEGER, 1),
          capped: z.boolean().describe('Whether there are more: those of one owner are counted up to 10,000.'),
        }),
      ),
    }),
    example: {
      answer: { counts: [{ kind, status, phase: reached, count: 48_210, capped: false }] },
    },
  });
}

function getJob<S extends z.ZodType>(view: S, example: JobExample['view']) {
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
    example: { params: { id: example.id }, answer: example as never },
  });
}

function listJobEvents({ view: { id }, event }: JobExample) {
  return defineRoute({
    name: 'listJobEvents',
    method: 'GET',
    path: '/api/jobs/:id/events',
    auth: 'user',
    tag: 'Jobs',
    summary: 'List what happened to a job',
    description: 'The stored events, oldest first. Folding them gives the job.',
    params: z.object({ id: jobId }),
    query: z.object({
      after, limit: pageSize,
      tail: count(maxTail, 1).exactOptional().describe('Only the newest so many of those that there are now.'),
    }),
    answer: z.object({
      events: z.array(jobEvent),
      nextAfter,
    }),
    example: {
      params: { id },
      query: { after: 0, limit: 50 },
      answer: { events: [event], nextAfter: null },
    },
  });
}

function listJobSagas({ view: { id } }: JobExample) {
  return defineRoute({
    name: 'listJobSagas',
    method: 'GET',
    path: '/api/jobs/:id/sagas',
    auth: 'user',
    tag: 'Jobs',
    summary: 'List what the server does for a job in steps',
    description:
      'The newest 50 sagas that serve it, newest first, with the times and problems of their steps. None for jobs of ' +
      'kinds that need none.',
    params: z.object({ id: jobId }),
    answer: z.object({ sagas: z.array(jobSaga) }),
    example: {
      params: { id },
      answer: {
        sagas: [
          {
            id: '01935a3e-7d2e-7a10-8b9c-0d1e2f3a4b5c', type: 'WorkerProvisioning', status: 'succeeded',
            startedAt: '2026-11-22T09:30:00.060Z', endedAt: '2026-11-22T09:30:01.260Z',
            steps: [
              {
                name: 'CreateContainer', state: 'completed', attempts: 1, undoAttempts: 0,
                startedAt: '2026-11-22T09:30:00.070Z', endedAt: '2026-11-22T09:30:00.480Z', error: null,
              },
            ],
            failure: null,
          },
        ],
      },
    },
  });
}

function cancelJob<S extends z.ZodType>(view: S, example: JobExample['view']) {
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
    example: { params: { id: example.id }, answer: example as never },
  });
}

function retryJob<S extends z.ZodType>(view: S, example: JobExample['view']) {
  return defineRoute({
    name: 'retryJob',
    method: 'POST',
    path: '/api/jobs/:id/retry',
    auth: 'user',
    tag: 'Jobs',
    summary: 'Retry a job',
    description: 'Runs a failed or canceled job again, if its kind supports retries.',
    params: z.object({ id: jobId }),
    answer: view,
    errors: ['invalid_state', 'conflict', 'quota_exceeded'],
    example: { params: { id: example.id }, answer: example as never },
  });
}

import * as z from 'zod';
import { count, jobCursor, jobId, limits, line, namesOf, pageSize, time } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { exampleProviderId, exampleWorkerId, runningCommand } from './command-examples.ts';
import { providerIdOrName } from './new-command.ts';

/** The workers that providers start and end. */

export type WorkerState = 'CREATING' | 'CONNECTING' | 'READY' | 'BUSY' | 'DRAINING' | 'TERMINATED';

export const workerState = z.enum(
  namesOf<WorkerState>({
    CREATING: true, CONNECTING: true, READY: true, BUSY: true, DRAINING: true, TERMINATED: true,
  }),
);

const fleetWorker = z
  .object({
    id: z.uuid(),
    state: workerState,
    providerId: z.uuid(),
    providerType: z.string(),
    resourceId: z
      .string()
      .nullable()
      .describe('What its provider calls it: a container’s id, `namespace/pod`, a process id; null until it is known.'),
    jobId: jobId.nullable().describe('The job that it has; null while it has none, and where it is of somebody else.'),
    madeFor: jobId
      .nullable()
      .describe('The job that it was started for; null: it is of a warm pool, or the job is of somebody else.'),
    jobsDone: count(Number.MAX_SAFE_INTEGER),
    agentVersion: z.string().nullable().describe('Null before its agent has registered.'),
    endReason: z.string().nullable().describe('Why it is ended; null while it is not.'),
    createdAt: time,
    registeredAt: time.nullable().describe('When its agent first registered.'),
    lastHeartbeatAt: time.nullable().describe('When its agent was last heard of; null while it has none.'),
    updatedAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'FleetWorker' });

export const listFleetWorkers = defineRoute({
  name: 'listFleetWorkers',
  method: 'GET',
  path: '/api/fleet/workers',
  auth: 'operator',
  tag: 'Providers',
  summary: 'List the workers of providers',
  description: 'Newest first, those that have ended included.',
  query: z.object({
    state: workerState.exactOptional(),
    ended: z.boolean().exactOptional().describe('`false`: only those that have not ended.'),
    provider: providerIdOrName.exactOptional().describe('Only those of this provider, by its id or name.'),
    job: jobId.exactOptional().describe('Only those that were started for this job, if the caller sees it.'),
    limit: pageSize,
    cursor: jobCursor.exactOptional(),
  }),
  answer: z.object({
    workers: z.array(fleetWorker),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
  }),
  errors: ['not_found'],
  example: {
    query: { state: 'BUSY', provider: 'docker', limit: 50 },
    answer: {
      workers: [
        {
          id: exampleWorkerId,
          state: 'BUSY',
          providerId: exampleProviderId,
          providerType: 'docker',
          resourceId: '3f4e8c0d9b7a',
          jobId: runningCommand.id,
          madeFor: runningCommand.id,
          jobsDone: 0,
          agentVersion: '0.1.0',
          endReason: null,
          createdAt: '2026-11-22T09:30:00.080Z',
          registeredAt: '2026-11-22T09:30:01.240Z',
          lastHeartbeatAt: '2026-11-22T09:31:41.250Z',
          updatedAt: '2026-11-22T09:30:01.260Z',
          endedAt: null,
        },
      ],
      nextCursor: null,
    },
  },
});

export const drainWorker = defineRoute({
  name: 'drainWorker',
  method: 'POST',
  path: '/api/fleet/workers/:id/drain',
  auth: 'operator',
  tag: 'Providers',
  summary: 'End a worker',
  description:
    'It gets no more jobs and is ended. The job that it runs goes to another worker or fails, as its retry policy ' +
    'says.',
  params: z.object({ id: z.uuid().toLowerCase() }),
  body: z.object({ reason: line(limits.noteLength).exactOptional().describe('For people.') }),
  answer: z.object({ id: z.uuid(), draining: z.literal(true) }),
  repeatable: true,
  example: {
    params: { id: exampleWorkerId },
    body: { reason: 'The host is restarted.' },
    answer: { id: exampleWorkerId, draining: true },
  },
});

const byState = z.record(z.string(), count(Number.MAX_SAFE_INTEGER));

export const fleetMetrics = defineRoute({
  name: 'fleetMetrics',
  method: 'GET',
  path: '/api/fleet/metrics',
  auth: 'operator',
  tag: 'Providers',
  summary: 'Measure command jobs, workers and providers',
  description: 'Over the jobs of all operators, at most a second old. Prometheus reads `/metrics`.',
  answer: z.object({
    at: time,
    jobs: byState.describe('Command jobs by state.'),
    workers: byState.describe('Workers by state.'),
    providers: z.array(
      z.object({
        id: z.uuid(),
        name: z.string(),
        status: z.string(),
        healthy: z.boolean().nullable().describe('Null before it was tested.'),
        activeWorkers: count(Number.MAX_SAFE_INTEGER),
        maxWorkers: count(Number.MAX_SAFE_INTEGER),
      }),
    ),
  }),
  example: {
    answer: {
      at: '2026-11-22T09:30:00.000Z',
      jobs: { PENDING: 3, RUNNING: 8, SUCCEEDED: 48_210 },
      workers: { READY: 1, BUSY: 8, TERMINATED: 48_512 },
      providers: [
        {
          id: exampleProviderId, name: 'docker', status: 'ACTIVE', healthy: true, activeWorkers: 9, maxWorkers: 10,
        },
      ],
    },
  },
});

export const fleetRoutes = table(listFleetWorkers, drainWorker, fleetMetrics);

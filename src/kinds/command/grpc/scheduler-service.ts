import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { RequestContext } from '../../../application/request.ts';
import type { Schedules, ScheduleView } from '../../../application/schedules/schedules.ts';
import { ok, refuse, type Result } from '../../../contract/errors.ts';
import { createValueReader } from '../../../contract/input/reader.ts';
import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import {
  SchedulerService, type GetAvailableWorkersRequest,
} from '../../../contract/proto/generated/waybill/v1/scheduler_service_pb.ts';
import type { WorkerSchema } from '../../../contract/proto/generated/waybill/v1/worker_pb.ts';
import { mountedRpc, type MountedRpc } from '../../../transports/grpc/rpc.ts';
import type { Fleet, FleetWorker } from '../application/fleet.ts';
import type { QueueStatus, WaitingJob } from '../application/queue.ts';
import { listQueuedCommands } from '../contract/command-jobs.ts';
import { listFleetWorkers, type WorkerState } from '../contract/fleet.ts';
import { scheduledCommands } from '../contract/scheduled.ts';
import type { Providers } from '../application/providers.ts';
import { isTheScheduler, schedulerAdvice } from './definition.ts';
import { nameOf, priorityLevel, providerTypeNumber, workerStates } from './enums.ts';
import { badMessage, given, ofExisting, pathsBy, taken, under } from './reading.ts';
import { createScheduleReader, scheduleMessage, schedulePaths } from './schedule-message.ts';

export interface SchedulerParts {
  readonly fleet: Pick<Fleet, 'queue' | 'waiting' | 'workers'>;
  readonly providers: Pick<Providers, 'get'>;
  readonly schedules: Schedules;
  readonly scheduleRoutes: ScheduleRoutes;
}

export function schedulerService({ fleet, providers, schedules, scheduleRoutes }: SchedulerParts): MountedRpc {
  const readSchedule = createScheduleReader(scheduleRoutes.createSchedule.body);
  const readList = createValueReader(scheduleRoutes.listSchedules.query, false);
  const byId = scheduleFinder(schedules, scheduleRoutes);
  return mountedRpc(SchedulerService, 'operator', {
    async getQueueStatus({ request: { schedulerName }, context }) {
      if (!isTheScheduler(schedulerName)) return badMessage({ scheduler_name: schedulerAdvice });
      const queue = await fleet.queue(context);
      return queue.ok ? ok({ status: statusMessage(queue.value) }) : queue;
    },
    async getQueue({ request: { limit }, context }) {
      const asked = taken(readQueue(given('limit', limit, 0)), pathsBy({}));
      const waiting = asked.ok ? await fleet.waiting(context, asked.value.limit) : asked;
      if (!waiting.ok) return waiting;
      return ok({ jobs: waiting.value.jobs.map(queuedMessage), totalCount: waiting.value.total });
    },
    getAvailableWorkers: ({ request, context }) => availableWorkers({ fleet, providers }, context, request),
    async listSchedules({ request: { limit, cursor }, context }) {
      const asked = taken(readList({ ...given('limit', limit, 0), ...given('cursor', cursor, '') }), pathsBy({}));
      return asked.ok ? commandSchedules(schedules, context, asked.value) : asked;
    },
    async createSchedule({ request, context, idempotencyKey }) {
      const asked = readSchedule(request);
      if (!asked.ok) return asked;
      const made = await under(schedulePaths, schedules.create(context, asked.value, idempotencyKey));
      return made.ok ? ok({ schedule: scheduleMessage(made.value) }) : made;
    },
    async deleteSchedule({ request: { scheduleId }, context }) {
      const deleted = await byId(context, scheduleId, (id) => schedules.delete(context, id));
      return deleted.ok ? ok({}) : deleted;
    },
    async scheduleNow({ request: { scheduleId }, context, idempotencyKey }) {
      const made = await byId(context, scheduleId, (id) => ofExisting(schedules.trigger(context, id, idempotencyKey)));
      return made.ok ? ok({ jobId: { value: made.value.jobId } }) : made;
    },
  }, {
    createSchedule: ({ schedule, paused }) => ({
      action: 'createSchedule',
      body: { name: schedule?.name, cron: schedule?.cron, timeZone: schedule?.timeZone, enabled: !paused },
    }),
    deleteSchedule: ({ scheduleId: id }) => ({ action: 'deleteSchedule', id }),
    scheduleNow: ({ scheduleId: id }) => ({ action: 'triggerSchedule', id }),
  });
}

/** Schedules of jobs of other kinds do not exist here. */
function scheduleFinder(schedules: Pick<Schedules, 'get'>, { deleteSchedule: { params } }: ScheduleRoutes) {
  const readId = createValueReader(params, false);
  return async <T>(
    context: RequestContext,
    scheduleId: string,
    work: (id: string) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const asked = taken(readId(given('id', scheduleId, '')), () => 'schedule_id');
    if (!asked.ok) return asked;
    const { id } = asked.value;
    const found = await schedules.get(context, id);
    if (!found.ok) return found;
    if (found.value.schedule.kind === scheduledCommands.kind) return work(id);
    return refuse('not_found', `Schedule ${id} is of jobs of the kind ${found.value.schedule.kind}.`);
  };
}

/** Pages that are looked through for one answer: there may be many schedules of other kinds. */
const maxPages = 10;

async function commandSchedules(
  schedules: Pick<Schedules, 'list'>,
  context: RequestContext,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
) {
  const found: ScheduleView[] = [];
  let after = cursor ?? null;
  for (let pages = 0; pages < maxPages; pages++) {
    const wanted = { limit: limit - found.length, ...(after !== null && { cursor: after }) };
    const page = await schedules.list(context, wanted);
    if (!page.ok) return page;
    found.push(...page.value.schedules.filter(({ schedule: { kind } }) => kind === scheduledCommands.kind));
    after = page.value.nextCursor;
    if (after === null || found.length === limit) break;
  }
  return ok({ schedules: found.map(scheduleMessage), nextCursor: after ?? '' });
}

function statusMessage({ states, updatedAt }: QueueStatus) {
  const count = (...names: readonly string[]): number => names.reduce((sum, name) => sum + (states[name] ?? 0), 0);
  return {
    pendingJobs: count('PENDING', 'ASSIGNED'),
    runningJobs: count('RUNNING'),
    completedJobs: count('SUCCEEDED'),
    failedJobs: count('FAILED', 'TIMED_OUT'),
    cancelledJobs: count('CANCELLED'),
    lastUpdated: timestampFromMs(updatedAt),
  };
}

const readQueue = createValueReader(listQueuedCommands.query, false);

function queuedMessage({ job: { id, input, fields, createdAt }, because }: WaitingJob) {
  return {
    jobId: { value: id }, name: input.name, priority: priorityLevel(input.priority),
    queuedAt: timestampFromMs(createdAt), runAt: timestampFromMs(fields.runAt), waitingBecause: because,
  };
}

const readWorkers = createValueReader(listFleetWorkers.query, false);

async function availableWorkers(
  { fleet, providers }: Pick<SchedulerParts, 'fleet' | 'providers'>,
  context: RequestContext,
  { state, providerId, limit }: GetAvailableWorkersRequest,
) {
  const asked = taken(readWorkers({
    ...given('state', nameOf(workerStates, state), undefined), ...given('provider', providerId?.value, undefined),
    ...given('limit', limit, 0),
  }), pathsBy({ provider: 'provider_id.value' }));
  if (!asked.ok) return asked;
  const { provider, ...filter } = asked.value;
  const named = provider === undefined ? null : await providers.get(context, provider);
  if (named !== null && !named.ok) return named;
  const page = await fleet.workers(context, {
    limit: filter.limit,
    ...(filter.state === undefined ? { ended: false } : { state: filter.state }),
    ...(named !== null && { providerId: named.value.provider.id }),
  });
  return page.ok ? ok({ workers: page.value.workers.map(workerMessage) }) : page;
}

function workerMessage(worker: FleetWorker): MessageInitShape<typeof WorkerSchema> {
  const { id, state, input, fields: { resourceId, jobId, session }, createdAt, lastHeartbeatAt } = worker;
  return {
    workerId: { value: id },
    state: workerStates[state as WorkerState],
    providerId: { value: input.providerId },
    providerType: providerTypeNumber(input.providerType),
    resourceId: resourceId ?? '',
    ...(jobId !== null && { currentJobId: { value: jobId } }),
    ...(lastHeartbeatAt !== null && { lastHeartbeat: timestampFromMs(lastHeartbeatAt) }),
    createdAt: timestampFromMs(createdAt),
    agentVersion: session?.agentVersion ?? '',
  };
}

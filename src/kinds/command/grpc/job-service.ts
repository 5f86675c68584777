import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { RequestContext } from '../../../application/request.ts';
import type { Jobs } from '../../../application/jobs/jobs.ts';
import { ok, type Result } from '../../../contract/errors.ts';
import { createValueReader } from '../../../contract/input/reader.ts';
import type { CancelJobRequest, ListJobsRequest, QueueJobRequest } from
  '../../../contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { JobExecutionService } from '../../../contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import type { JobId } from '../../../contract/proto/generated/waybill/v1/job_pb.ts';
import { shuttingDown } from '../../../transports/grpc/exchange.ts';
import { mountedRpc, type MountedRpc } from '../../../transports/grpc/rpc.ts';
import type { Commands } from '../application/application.ts';
import { byCommand } from '../contract/command-fields.ts';
import { cancelCommand, listCommands } from '../contract/command-jobs.ts';
import type { CommandJob } from '../domain/types.ts';
import { commandOf, definitionPaths, queuedByLabel } from './definition.ts';
import { jobStates, nameOf } from './enums.ts';
import { attemptOf, changeMessage, jobMessage, stateOf, summaryMessage } from './job-message.ts';
import { badMessage, given, ofExisting, pathsBy, taken, under } from './reading.ts';
import { watchJob, type Watched } from './watch-job.ts';

export interface JobServiceParts extends Pick<Watched, 'events'> {
  readonly commands: Commands;
  readonly jobs: Pick<Jobs, 'retry'>;
  readonly now: () => number;
}

/** Command jobs, by the rules that REST has. */
export function jobExecutionService({ commands, jobs, events, now }: JobServiceParts): MountedRpc {
  const get = (context: RequestContext, id: string): Promise<Result<CommandJob>> => commands.get(context, id);
  return mountedRpc(JobExecutionService, 'operator', {
    async queueJob({ request, context, idempotencyKey }) {
      const asked = queued(request);
      if (!asked.ok) return asked;
      const key = given('idempotencyKey', idempotencyKey, undefined);
      const made = await under(
        definitionPaths('job_definition'), commands.submit(context, { ...asked.value, ...key }),
      );
      if (!made.ok) return made;
      const { job: { id, createdAt }, isNew } = made.value;
      const message = isNew ? 'The job is queued.' : 'The job was queued before.';
      return ok({ success: true, message, queuedAt: timestampFromMs(createdAt), jobId: { value: id } });
    },
    async getJob({ request: { jobId }, context }) {
      const job = await onJob(jobId, (id) => get(context, id));
      return job.ok ? ok(jobMessage(job.value)) : job;
    },
    async listJobs({ request, context }) {
      const asked = listed(request);
      if (!asked.ok) return asked;
      const page = await commands.list(context, asked.value);
      if (!page.ok) return page;
      const { jobs: found, total } = page.value;
      return ok({ jobs: found.map((job) => summaryMessage(job, now())), totalCount: total });
    },
    async cancelJob({ request, context }) {
      const canceled = await onJob(request.jobId, (id) => {
        const asked = cancellation(request, id);
        return asked.ok ? ofExisting(commands.cancel(context, id, asked.value)) : Promise.resolve(asked);
      });
      if (!canceled.ok) return canceled;
      const isOver = canceled.value.endedAt !== null;
      const message = isOver ? 'The job is canceled.' : 'The command is told to stop; then the job is canceled.';
      return ok({ success: true, message, cancelledAt: timestampFromMs(canceled.value.updatedAt) });
    },
    async retryJob({ request: { jobId }, context }) {
      const retried = await onJob(jobId, async (id) => {
        const found = await get(context, id);
        const done = found.ok ? await ofExisting(jobs.retry(context, id)) : found;
        return done.ok ? get(context, id) : done;
      });
      if (!retried.ok) return retried;
      return ok({ success: true, message: 'The job is queued again.', status: stateOf(retried.value) });
    },
    async watchJob({ request: { jobId }, context, send, signal }) {
      const watched = await onJob(jobId, (id) => watchJob({ events, get }, context, id, signal()));
      if (!watched.ok) return watched;
      let last: CommandJob | null = null;
      for await (const job of watched.value) await send(changeMessage((last = job)));
      return last?.endedAt === null || last === null ? shuttingDown : ok(null);
    },
  }, {
    cancelJob: ({ jobId, reason }) => ({
      action: 'cancelJob', id: jobId?.value ?? '', body: given('reason', reason, ''),
    }),
    retryJob: ({ jobId }) => ({ action: 'retryJob', id: jobId?.value ?? '' }),
  });
}

const readId = createValueReader(byCommand, false);

/** By the id in a message. */
export async function onJob<T>(
  jobId: JobId | string | undefined,
  work: (id: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const isText = typeof jobId === 'string';
  const asked = given('id', isText ? jobId : (jobId?.value ?? ''), '');
  const read = taken(readId(asked), () => (isText ? 'job_id' : 'job_id.value'));
  return read.ok ? work(read.value.id) : read;
}

const mostOfQueuedBy = 200;

function queued({ jobDefinition, queuedBy }: QueueJobRequest): ReturnType<typeof commandOf> {
  if (jobDefinition === undefined) return badMessage({ job_definition: 'is required' });
  if (queuedBy.length > mostOfQueuedBy) {
    return badMessage({ queued_by: `must have at most ${mostOfQueuedBy} characters` });
  }
  if (queuedBy !== '' && Object.hasOwn(jobDefinition.labels, queuedByLabel)) {
    return badMessage({ queued_by: `must be left out where labels have ${queuedByLabel}` });
  }
  return commandOf(jobDefinition, queuedBy, 'job_definition');
}

const readList = createValueReader(listCommands.query, false);

function listed({ limit, offset, status, searchTerm }: ListJobsRequest) {
  return taken(readList({
    ...given('limit', limit, 0), offset, ...given('state', status ? nameOf(jobStates, status) : undefined, undefined),
    ...given('search', searchTerm ?? '', ''),
  }), pathsBy({ state: 'status', search: 'search_term' }));
}

const readCancellation = createValueReader(cancelCommand.body, false);

function cancellation({ executionId, reason }: CancelJobRequest, jobId: string) {
  const attempt = executionId === undefined ? undefined : attemptOf(jobId, executionId.value);
  if (executionId !== undefined && attempt === undefined) {
    return badMessage({ 'execution_id.value': 'must be one of the job’s: <job id>/<attempt>' });
  }
  return taken(readCancellation({
    ...given('attempt', attempt, undefined), ...given('reason', reason, ''),
  }), pathsBy({ attempt: 'execution_id.value' }));
}

import type { Job } from '../../../../domain/job/job.ts';
import type { Evolution, Kind } from '../../../../domain/job/kind.ts';
import { create, decide } from './decide.ts';
import { workerLifecycle } from './lifecycle.ts';
import type { WorkerCommand, WorkerEvent, WorkerFields, WorkerJob } from './types.ts';

/** What providers start and end: a process, container or pod with an agent in it. Shown by lists of their own. */
export const worker: Kind<WorkerFields, WorkerCommand, WorkerEvent> = {
  name: 'worker',
  lifecycle: workerLifecycle,
  access: { role: 'operator', sees: 'all' },
  internal: true,
  create,
  decide: (job, command, now) => decide(job as WorkerJob, command, now),
  begin: () => ({
    resourceId: null, session: null, jobId: null, mayStart: false, servedOwnerId: null, jobsDone: 0, endReason: null,
  }),
  evolve: (job, event) => evolve(job, event),
  itemCount: () => 0,
  logged: () => ({ costEstimate: 0, error: null, inputKey: () => null }),
  labels: ({ input: { providerId }, parentId }) => ({
    provider: providerId, ...(parentId !== undefined && { job: parentId }),
  }),
  // The job that it has, or has just had, or was made for.
  correlation: ({ id, parentId, fields }, before) => fields.jobId ?? before?.fields.jobId ?? parentId ?? id,
};

function evolve({ fields }: Job<WorkerFields>, event: WorkerEvent): Evolution<WorkerFields> {
  switch (event.type) {
    case 'WorkerProvisioningRequested':
    case 'DeadlineCorrected':
      return { fields };
    case 'WorkerProvisioned':
      return { fields: { ...fields, resourceId: event.resourceId } };
    case 'WorkerRegistered':
    case 'WorkerReconnected': {
      const { tokenHash, nonceHash, agentVersion } = event;
      const session = { number: (fields.session?.number ?? 0) + 1, tokenHash, nonceHash, agentVersion };
      return { fields: { ...fields, session }, started: true };
    }
    case 'WorkerStatusChanged':
      return { fields: statusChanged(fields, event) };
    case 'WorkerAssigned':
      return { fields: { ...fields, mayStart: true } };
    case 'WorkerTerminated':
      return { fields: { ...fields, jobId: null } };
  }
}

function statusChanged(
  fields: WorkerFields,
  { state, jobId, reservedBy, jobDone, reason }: WorkerEvent & { readonly type: 'WorkerStatusChanged' },
): WorkerFields {
  return {
    ...fields,
    // While it is ended, whose work it was about still shows.
    jobId: state === 'DRAINING' ? fields.jobId : (jobId ?? null),
    mayStart: state === 'BUSY' && reservedBy === undefined,
    servedOwnerId: reservedBy ?? fields.servedOwnerId,
    jobsDone: fields.jobsDone + (jobDone === true ? 1 : 0),
    endReason: reason ?? null,
  };
}

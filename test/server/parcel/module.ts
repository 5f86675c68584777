import type { Dependencies } from '../../../src/application/dependencies.ts';
import { retryJob } from '../../../src/application/jobs/change.ts';
import { createDependent } from '../../../src/application/jobs/dependencies.ts';
import { onAnyJob } from '../../../src/application/jobs/on-any-job.ts';
import { byUser, onJob, originOf } from '../../../src/application/operation.ts';
import { madeBefore, readsOfKey, rememberAs, repeatableOf } from '../../../src/application/repeatable.ts';
import type { QuotaPermit } from '../../../src/application/quotas/job-quota.ts';
import { keepTo, withinQuota } from '../../../src/application/quotas/within-quota.ts';
import type { RequestContext } from '../../../src/application/request.ts';
import { ref } from '../../../src/application/write-path/refs.ts';
import { createDispatch, type Dispatch } from '../../../src/application/work/dispatch.ts';
import { sharedView } from '../../../src/contract/job-view.ts';
import { ok, refuse, type Result } from '../../../src/domain/errors.ts';
import type { OnDependencyFailure } from '../../../src/domain/job/dependencies.ts';
import type { Job } from '../../../src/domain/job/job.ts';
import { parseLeaseId } from '../../../src/domain/lease.ts';
import type { KindModule } from '../../../src/kinds/module.ts';
import { answering } from '../../../src/transports/rest/handlers/results.ts';
import { mounted, type HandlersFor } from '../../../src/transports/rest/serve.ts';
import { parcelRoutes, scheduledParcels } from './contract.ts';
import { labelKey, parcel } from './kind.ts';

interface NewParcel {
  readonly route: string;
  readonly attempts: number;
  readonly withinMs: number;
  readonly webhookUrl: string | null;
  readonly dependsOn: readonly string[];
  readonly onDependencyFailure: OnDependencyFailure;
}

interface Posted {
  readonly job: Job;
  readonly isNew: boolean;
}

interface Parcels {
  /** The same key again answers the first one. */
  post(context: RequestContext, wanted: NewParcel, key?: string): Promise<Result<Posted>>;
  recall(context: RequestContext, jobId: string): Promise<Result<Job>>;
  resend(context: RequestContext, jobId: string): Promise<Result<Job>>;
  readonly couriers: Dispatch<string, Result<Job>>;
}

function createParcels(deps: Dependencies): Parcels {
  const { writePath, kinds, objects, ids, quotas } = deps;
  return {
    async post(context, wanted, key) {
      const { route: jobType, attempts, withinMs, webhookUrl, onDependencyFailure } = wanted;
      const dependsOn = [...new Set(wanted.dependsOn)];
      const jobId = ids.uuid();
      const { userId: ownerId } = context.caller;
      const repeatable = await repeatableOf(ownerId, 'post-parcel', key, wanted);
      const post = (permit: QuotaPermit) => writePath.run<Posted>({
        ...originOf(context),
        reads: [...readsOfKey(repeatable), ...dependsOn.map(ref.job)],
        decide: (draft) => {
          const before = madeBefore(draft, repeatable);
          if (before !== null) return before.ok ? ok({ job: draft.job(parcel, before.value)!, isNew: false }) : before;
          const kept = keepTo(draft, permit);
          if (!kept.ok) return kept;
          rememberAs(draft, repeatable, jobId);
          const dependent = { kinds, caller: context.caller, jobId, dependsOn };
          const made = createDependent(draft, parcel, dependent, (waitsFor) => ({
            type: 'create', ownerId, jobType, attempts, deadlineAt: draft.now + withinMs, webhookUrl,
            input: { dependsOn, onDependencyFailure }, waitsFor,
          }));
          return made.ok ? ok({ job: made.value, isNew: true }) : made;
        },
      });
      const admit = () => quotas?.admit(parcel.name, ownerId, 0);
      const posted = await withinQuota(admit, post, ({ isNew }) => isNew);
      if (posted.ok && posted.value.isNew) {
        await objects.put(labelKey(ownerId, jobId), new TextEncoder().encode(jobType), { contentType: 'text/plain' });
      }
      return posted;
    },
    recall: (context, jobId) =>
      onJob<never, never, never, Job>(deps, parcel as never, jobId, byUser(context), (draft, job) =>
        draft.changeJob(parcel, job, { type: 'cancel' })),
    resend: (context, jobId) =>
      retryJob(deps, {}, context, { id: jobId, kind: parcel.name, ownerId: context.caller.userId }),
    couriers: createDispatch(deps, parcel, (_, leaseIds) => Promise.all(leaseIds.map((leaseId) => {
      const lease = parseLeaseId(leaseId);
      if (lease === null) return refuse('not_found', 'There is no such lease.');
      return onAnyJob(deps, lease.thingId, { type: 'deliver', token: lease.token } as never);
    }))),
  };
}

const view = ({ id, state }: Job) => ({ jobId: id, status: state });

function handlers({ post, recall, resend, couriers }: Parcels): HandlersFor<typeof parcelRoutes> {
  return {
    postParcel: ({ context, body }) => answering(post(context, body), ({ job }) => view(job)),
    recallParcel: ({ context, params }) => answering(recall(context, params.id), view),
    resendParcel: ({ context, params }) => answering(resend(context, params.id), view),
    pickUpParcels: ({ body: { courier, route, leaseMs } }) =>
      answering(couriers.take({ workerId: courier, types: [route], limit: 10, leaseMs, waitMs: 5_000 }), (taken) => ({
        parcels: taken.map(({ leaseId, job }) => ({ jobId: job.id, leaseId, attempt: job.attempt })),
      })),
    deliverParcel: ({ body: { courier, leaseId } }) =>
      answering(couriers.report(courier, [leaseId]).then(([first]) => first!), view),
  };
}

export const parcelModule: KindModule<Parcels> = {
  kind: parcel,
  summary: (job) => ({ ...sharedView(job), jobId: job.id }),
  payloadFields: [],
  scheduled: scheduledParcels,
  quotas: {
    plans: { free: { unfinished: 100, stored: 1_000 }, pro: { unfinished: 1_000, stored: null } },
    words: { one: 'parcel', many: 'parcels', makeRoom: 'those that have ended go soon' },
  },
  create: (deps) => ({
    application: createParcels(deps),
    view: async (job) => view(job),
    submitScheduled: async (context, job, { idempotencyKey }) => {
      const posted = await createParcels(deps).post(context, job as unknown as NewParcel, idempotencyKey);
      return posted.ok ? ok({ jobId: posted.value.job.id, isNew: posted.value.isNew }) : posted;
    },
    keepMs: 1,
    longestDeadlineMs: 3_600_000,
    objects: {
      ownerPrefixes: (ownerId) => [`labels/${ownerId}/`],
      prefixes: (_, ownerId, jobId) => [`labels/${ownerId}/${jobId}/`],
      inUse: async () => new Set(),
      lastUrlEndsAt: (endedAt) => endedAt,
    },
  }),
  mount: (parcels) => [mounted(parcelRoutes, handlers(parcels as Parcels))],
};

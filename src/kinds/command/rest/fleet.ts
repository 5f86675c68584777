import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { Fleet, FleetWorker } from '../application/fleet.ts';
import type { Providers } from '../application/providers.ts';
import type { fleetRoutes, listFleetWorkers, WorkerState } from '../contract/fleet.ts';

const byDefault = 'An operator asked for it.';

export function fleetHandlers(fleet: Fleet, providers: Providers): HandlersFor<typeof fleetRoutes> {
  return {
    listFleetWorkers: async ({ context, query: { state, ended, provider, job, limit, cursor } }) => {
      const named = provider === undefined ? null : await providers.get(context, provider);
      if (named !== null && !named.ok) return named;
      const page = fleet.workers(context, {
        limit,
        ...(state !== undefined && { state }),
        ...(ended !== undefined && { ended }),
        ...(named !== null && { providerId: named.value.provider.id }),
        ...(job !== undefined && { jobId: job }),
        ...(cursor !== undefined && { cursor }),
      });
      return answering(page, ({ workers, nextCursor }) => ({ workers: workers.map(workerOf), nextCursor }));
    },
    drainWorker: ({ context, params: { id }, body: { reason = byDefault } }) =>
      answering(fleet.drain(context, id, reason), () => ({ id, draining: true as const })),
    fleetMetrics: ({ context }) =>
      answering(fleet.metrics(context), ({ at, jobs, workers, providers: all }) => ({
        at: iso(at), jobs, workers,
        providers: all.map(({ provider: { id, name, status, maxWorkers }, health, activeWorkers }) => (
          { id, name, status, healthy: health?.healthy ?? null, activeWorkers, maxWorkers }
        )),
      })),
  };
}

function workerOf(job: FleetWorker): RouteAnswer<typeof listFleetWorkers>['workers'][number] {
  const { id, state, input, fields, parentId, createdAt, startedAt, lastHeartbeatAt, updatedAt, endedAt } = job;
  return {
    id,
    state: state as WorkerState,
    providerId: input.providerId,
    providerType: input.providerType,
    resourceId: fields.resourceId,
    jobId: fields.jobId,
    madeFor: parentId,
    jobsDone: fields.jobsDone,
    agentVersion: fields.session?.agentVersion ?? null,
    endReason: fields.endReason,
    createdAt: iso(createdAt),
    registeredAt: isoOrNull(startedAt),
    lastHeartbeatAt: isoOrNull(lastHeartbeatAt),
    updatedAt: iso(updatedAt),
    endedAt: isoOrNull(endedAt),
  };
}

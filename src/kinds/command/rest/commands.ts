import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { Commands } from '../application/application.ts';
import type { Fleet } from '../application/fleet.ts';
import { commandJobSummary, commandJobView } from '../contract/command-view.ts';
import type { commandQueue } from '../contract/command-jobs.ts';
import type { commandRoutes } from '../contract/commands.ts';
import type { CommandJob } from '../domain/types.ts';

type ListedRow = Parameters<typeof commandJobSummary>[0];
type States = RouteAnswer<typeof commandQueue>['states'];

export function commandHandlers(commands: Commands, fleet: Fleet): HandlersFor<typeof commandRoutes> {
  return {
    submitCommand: ({ context, body, idempotencyKey }) =>
      answering(
        commands.submit(context, { ...body, ...(idempotencyKey !== undefined && { idempotencyKey }) }),
        ({ job, isNew }) => ({ ...commandJobView(job as CommandJob), deduplicated: !isNew }),
      ),
    listCommands: ({ context, query: { state, search, ...page } }) =>
      answering(
        commands.list(context, { ...page, ...(state && { state }), ...(search && { search }) }),
        ({ jobs, ...counted }) => ({ jobs: jobs.map((job) => commandJobSummary(job as ListedRow, [])), ...counted }),
      ),
    cancelCommand: ({ context, params, body }) => answering(commands.cancel(context, params.id, body), commandJobView),
    listQueuedCommands: ({ context, query }) =>
      answering(fleet.waiting(context, query.limit), ({ jobs, total }) => ({
        jobs: jobs.map(({ job: { id, input, fields, createdAt }, because }) => ({
          id, name: input.name, priority: input.priority, queuedAt: iso(createdAt), runAt: iso(fields.runAt),
          waitingBecause: because,
        })),
        total,
      })),
    createCommandUploads: ({ context, body }) =>
      answering(commands.upload(context, body.files), (files) => ({ files })),
    listArtifacts: ({ context, params }) =>
      answering(commands.artifacts(context, params.id), ({ artifacts, purgedAt }) => (
        { artifacts, purgedAt: isoOrNull(purgedAt) }
      )),
    commandQueue: ({ context }) =>
      answering(fleet.queue(context), ({ states, updatedAt }) => (
        { states: states as States, updatedAt: iso(updatedAt) }
      )),
  };
}

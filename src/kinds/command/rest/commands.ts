import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso } from '../../../contract/times.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { Commands } from '../application/application.ts';
import type { Fleet } from '../application/fleet.ts';
import { commandJobView } from '../contract/command-view.ts';
import type { commandQueue, commandRoutes } from '../contract/commands.ts';
import type { CommandJob } from '../domain/types.ts';

type States = RouteAnswer<typeof commandQueue>['states'];

export function commandHandlers(commands: Commands, fleet: Fleet): HandlersFor<typeof commandRoutes> {
  return {
    submitCommand: ({ context, body, idempotencyKey }) =>
      answering(
        commands.submit(context, { ...body, ...(idempotencyKey !== undefined && { idempotencyKey }) }),
        ({ job, isNew }) => ({ ...commandJobView(job as CommandJob), deduplicated: !isNew }),
      ),
    createCommandUploads: ({ context, body }) =>
      answering(commands.upload(context, body.files), (files) => ({ files })),
    listArtifacts: ({ context, params }) =>
      answering(commands.artifacts(context, params.id), (artifacts) => ({ artifacts })),
    commandQueue: ({ context }) =>
      answering(fleet.queue(context), ({ states, updatedAt }) => (
        { states: states as States, updatedAt: iso(updatedAt) }
      )),
  };
}

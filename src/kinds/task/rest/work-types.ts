import type { TaskDefaults, WorkTypes, WorkTypeView } from '../application/work-types.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import type { getWorkType, listWorkTypes, putWorkType, workTypeRoutes } from '../contract/work-types.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { isoOrNull } from '../../../contract/times.ts';

type Listed = RouteAnswer<typeof listWorkTypes>['types'][number];
type SentDefaults = NonNullable<RouteRequest<typeof putWorkType>['body']['defaults']>;

export function workTypeHandlers(types: WorkTypes): HandlersFor<typeof workTypeRoutes> {
  return {
    listWorkTypes: ({ context }) => answering(types.list(context), (all) => ({ types: all.map(listedType) })),
    getWorkType: ({ context, params }) => answering(types.get(context, params.type), typeOf),
    putWorkType: ({ context, params, body: { limits, defaults, searchable, inputSchema } }) => {
      const change = {
        ...(limits !== undefined && { limits }),
        defaults: {
          ...(defaults !== undefined && defaultsOf(defaults)), ...(searchable !== undefined && { searchable }),
          ...(inputSchema !== undefined && { inputSchema }),
        },
      };
      return answering(types.put(context, params.type, change), typeOf);
    },
    pauseWorkType: ({ context, params }) => answering(types.pause(context, params.type), typeOf),
    resumeWorkType: ({ context, params }) => answering(types.resume(context, params.type), typeOf),
  };
}

function defaultsOf({ timeout, ...rest }: SentDefaults): Partial<TaskDefaults> {
  return timeout === undefined ? rest : { ...rest, timeoutMs: timeout };
}

function typeOf(view: WorkTypeView): RouteAnswer<typeof getWorkType> {
  return { ...listedType(view), inputSchema: view.defaults.inputSchema };
}

/** Schemas may be large, and types many. */
function listedType({ name, limits: all, defaults, updatedAt }: WorkTypeView): Listed {
  const { paused, ...limits } = all;
  const { timeoutMs, searchable, inputSchema: _, ...rest } = defaults;
  return {
    type: name, limits, defaults: { ...rest, timeout: timeoutMs }, searchable, paused,
    updatedAt: isoOrNull(updatedAt),
  };
}

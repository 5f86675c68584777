import type { RouteAnswer } from '../../../contract/route.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import type { JobRequest } from '../../../ports/store/job-requests.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import type { TaskRequests } from '../application/requests.ts';
import type { getTaskRequest, requestRoutes } from '../contract/requests.ts';

export function requestHandlers(requests: TaskRequests): HandlersFor<typeof requestRoutes> {
  return {
    listTaskRequests: ({ context, query: { status, after = null, limit } }) =>
      answering(requests.list(context, { isRefused: status === 'refused', after, limit }), (page) => ({
        requests: page.map(requestView), nextAfter: page.length < limit ? null : (page.at(-1)?.id ?? null),
      })),
    getTaskRequest: ({ context, params }) => answering(requests.get(context, params.id), requestView),
    retryTaskRequest: ({ context, params }) => answering(requests.retry(context, params.id), requestView),
    removeTaskRequest: ({ context, params: { id } }) =>
      answering(requests.remove(context, id), () => ({ id, removed: true as const })),
  };
}

function requestView({ id, ownerId, body, createdAt, refused }: JobRequest): RouteAnswer<typeof getTaskRequest> {
  return {
    id, ownerId, body, createdAt: iso(createdAt), refusedAt: isoOrNull(refused?.at ?? null),
    status: refused === null ? 'waiting' : 'refused', error: refused?.refusal ?? null,
  };
}

import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { listJobEvents } from '../../../contract/jobs.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { iso } from './times.ts';

type StoredEvent = Extract<Awaited<ReturnType<Jobs['events']>>, { ok: true }>['value']['entries'][number];

export function jobEventView(
  { sequence, occurredAt, actor, correlationId, body }: StoredEvent,
): RouteAnswer<typeof listJobEvents>['events'][number] {
  const { type, state, deadlineAt, ...rest } = body;
  return {
    sequence,
    type,
    status: state ?? null,
    at: iso(occurredAt),
    actor,
    correlationId,
    data: deadlineAt === undefined ? rest : { ...rest, deadlineAt: iso(deadlineAt) },
  };
}

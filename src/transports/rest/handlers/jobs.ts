import type { JobPage, Jobs } from '../../../application/jobs/jobs.ts';
import type { ImageSetFields } from '../../../kinds/image-set/contract/image-set.ts';
import type { jobRoutes, listEvents, listJobs } from '../../../contract/jobs.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';
import { iso, isoOrNull } from './times.ts';

type Summary = RouteAnswer<typeof listJobs>['jobs'][number];
type Event = RouteAnswer<typeof listEvents>['events'][number];
type StoredJob = JobPage['jobs'][number];
type StoredEvent = Extract<Awaited<ReturnType<Jobs['events']>>, { ok: true }>['value']['entries'][number];

export function jobHandlers(jobs: Jobs): HandlersFor<typeof jobRoutes> {
  return {
    listJobs: ({ context, query: { owner, ...filter } }) =>
      answering(jobs.list(context, owner === undefined ? filter : { ...filter, ownerId: owner }), (page) => ({
        jobs: page.jobs.map(summaryOf),
        nextCursor: page.nextCursor,
      })),
    listEvents: ({ context, params, query }) =>
      answering(jobs.events(context, params.id, query), ({ entries, hasMore }) => ({
        events: entries.map(eventOf),
        nextAfter: hasMore ? (entries.at(-1)?.sequence ?? null) : null,
      })),
  };
}

/** What a list shows of a kind's own fields. A kind without an entry shows none. */
const ofKind: Readonly<Record<string, (fields: never) => Pick<Summary, 'preset' | 'progress'>>> = {
  'image-set': (fields: ImageSetFields) => ({
    preset: fields.preset,
    progress: { done: fields.done, failed: fields.failed, total: fields.total ?? fields.itemCount },
  }),
};

function summaryOf(job: StoredJob): Summary {
  return {
    jobId: job.id,
    kind: job.kind,
    ...(job.type !== '' && { type: job.type }),
    ownerId: job.ownerId,
    status: job.state,
    phase: job.phase,
    ...ofKind[job.kind]?.(job.fields as never),
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    startedAt: isoOrNull(job.startedAt),
    endedAt: isoOrNull(job.endedAt),
    deadlineAt: isoOrNull(job.deadlineAt),
  };
}

function eventOf({ sequence, occurredAt, actor, correlationId, body }: StoredEvent): Event {
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

import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { HistoryRoutes } from '../../../contract/history.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';

export function historyHandlers(jobs: Pick<Jobs, 'history'>): HandlersFor<HistoryRoutes> {
  return {
    getHistory: ({ context, params }) =>
      answering(jobs.history(context, params.id), ({ job, items, billing }) => {
        const { state, createdAt, startedAt, endedAt, fields: _, ...rest } = job;
        return {
          job: {
            ...rest, status: state, createdAt: iso(createdAt), startedAt: isoOrNull(startedAt), endedAt: iso(endedAt),
          },
          items: items.map(({ jobId: _job, recordedAt, ...item }) => ({ ...item, recordedAt: isoOrNull(recordedAt) })),
          billing: billing.map(({ sequence, type, amount, occurredAt }) => ({
            sequence, type, amount, at: iso(occurredAt),
          })),
        };
      }),
  };
}

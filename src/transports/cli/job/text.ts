import type { Answer } from '../../../client/index.ts';
import { exits } from '../failure.ts';
import { fields, plain, table } from '../output.ts';

type View = Answer<'getImageSet'>;

export function jobText(job: View): string {
  const { done, failed, total } = job.progress;
  const head = fields([
    ['job', job.jobId],
    ['status', job.cancelReason === null ? job.status : `${job.status} (${job.cancelReason})`],
    ['progress', `${done} done, ${failed} failed, ${total} in all`],
    ['preset', plain(job.preset)],
    ['created', job.createdAt],
    ['started', job.startedAt],
    ['ended', job.endedAt],
  ]);
  return job.items.length === 0 ? head : `${head}\n\n${itemsText(job.items)}`;
}

function itemsText(items: View['items']): string {
  return table(
    ['ITEM', 'STATE', 'RESULT'],
    items.map(({ idx, state, error, outputUrl }) => [String(idx), state, plain(error ?? '') || (outputUrl ?? '-')]),
  );
}

/** The exit status of a command that followed the job to its end. */
export function exitOf(status: View['status']): number {
  if (status === 'canceled') return exits.canceled;
  return status === 'failed' ? exits.failed : exits.ok;
}

/** What `exitOf` gives, for help. */
export const endExits = { 1: 'The job failed.', 3: 'The job was canceled.' } as const;

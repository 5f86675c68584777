import type { ImageSetView } from '../../../kinds/image-set/contract/image-set-job.ts';
import type { TaskJobView } from '../../../kinds/task/contract/task-view.ts';
import { fields, plain, table } from '../output.ts';

type ImageSet = ImageSetView;
type Task = TaskJobView;

export function imageSetText(job: ImageSet): string {
  const { done, failed, total } = job.progress;
  const head = fields([
    ['job', job.jobId],
    ['status', withReason(job)],
    ['progress', `${done} done, ${failed} failed, ${total} in all`],
    ['preset', plain(job.preset)],
    ['created', job.createdAt],
    ['started', job.startedAt],
    ['ended', job.endedAt],
  ]);
  return job.items.length === 0 ? head : `${head}\n\n${itemsText(job.items)}`;
}

export function taskText(task: Task): string {
  const { processedItems, totalItems, attempt, maxAttempts, errorLog, result, waitingFor = null } = task;
  const counted = totalItems === null ? '' : `, ${processedItems} of ${totalItems}`;
  const head = fields([
    ['job', task.id],
    ['type', plain(task.type)],
    ['status', withReason(task)],
    ['waits', waitingFor === null ? null : plain(waitingFor.message)],
    ['progress', `${task.progress.percent} %${counted}`],
    ['attempt', `${attempt} of ${maxAttempts}`],
    ['created', task.createdAt],
    ['started', task.startedAt],
    ['ended', task.completedAt],
    ['result', result === null ? null : plain(JSON.stringify(result))],
  ]);
  return errorLog.length === 0 ? head : `${head}\n\n${errorsText(errorLog)}`;
}

function withReason({ status, cancelReason }: Pick<ImageSet | Task, 'status' | 'cancelReason'>): string {
  return cancelReason === null ? status : `${status} (${cancelReason})`;
}

function itemsText(items: ImageSet['items']): string {
  return table(
    ['ITEM', 'STATE', 'RESULT'],
    items.map(({ idx, state, error, outputUrl }) => [String(idx), state, plain(error ?? '') || (outputUrl ?? '-')]),
  );
}

function errorsText(errors: Task['errorLog']): string {
  return table(
    ['AT', 'ITEM', 'ERROR'],
    errors.map(({ at, item, message }) => [at, plain(item ?? '-'), plain(message)]),
  );
}

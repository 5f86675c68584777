import { ApiError } from '../../../client/index.ts';
import { watch, type Watched } from '../../../client/watch.ts';
import type { Context } from '../context.ts';
import type { Progress } from '../terminal/progress.ts';

interface Listeners<T> {
  readonly onChange?: (view: T) => void;
  /** Hears that the following was stopped; the job was not. */
  readonly onLeave?: () => void;
}

/** Follows a job, as `look` sees it, to its end. */
export async function follow<T extends Watched>(
  { output, signal }: Pick<Context, 'output' | 'signal'>,
  look: () => Promise<T>,
  progress: Progress,
  listeners: Listeners<T> = {},
): Promise<T> {
  let last: T | null = null;
  let troubled = false;
  const onTrouble = ({ message }: ApiError): void => {
    if (!troubled) output.note(`${message} Still trying.`);
    troubled = true;
  };
  try {
    for await (const view of watch(look, { signal, onTrouble })) {
      troubled = false;
      last = view;
      listeners.onChange?.(view);
      progress.update({ label: view.status, ...view.progress, total: view.progress.total ?? 0 });
    }
  } catch (error) {
    progress.end();
    if (signal.aborted) listeners.onLeave?.();
    throw error;
  }
  progress.end();
  if (last === null) throw new Error('the watch ended before it saw the job');
  return last;
}

/** What Ctrl-C does not do. */
export function goesOn(jobId: string): string {
  return `Job ${jobId} goes on: \`waybill job watch ${jobId}\` follows it, \`waybill job cancel ${jobId}\` ends it.`;
}

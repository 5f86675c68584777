import { ApiError, type Answer, type Client } from '../../../client/index.ts';
import type { Context } from '../context.ts';
import type { Progress } from '../terminal/progress.ts';

type View = Answer<'getImageSet'>;

interface Listeners {
  readonly onChange?: (view: View) => void;
  /** Hears that the following was stopped; the job was not. */
  readonly onLeave?: () => void;
}

/** Follows a job to its end. */
export async function follow(
  { output, signal }: Pick<Context, 'output' | 'signal'>,
  client: Client,
  jobId: string,
  progress: Progress,
  listeners: Listeners = {},
): Promise<View> {
  let last: View | null = null;
  let troubled = false;
  const onTrouble = ({ message }: ApiError): void => {
    if (!troubled) output.note(`${message} Still trying.`);
    troubled = true;
  };
  try {
    for await (const view of client.watch(jobId, { signal, onTrouble })) {
      troubled = false;
      last = view;
      listeners.onChange?.(view);
      progress.update({ label: view.status, ...view.progress });
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

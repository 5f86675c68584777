import { ApiError } from '../../../client/index.ts';
import { watch } from '../../../client/watch.ts';
import type { Context } from '../context.ts';
import { createProgress, duration, type Progress } from '../terminal/progress.ts';
import { countsOf, type JobView } from './end.ts';
import { readJob } from './read-job.ts';
import { everyJob, type Subject } from './subject.ts';
import { textOf } from './text.ts';

type Followed = Pick<JobView, 'status' | 'phase' | 'progress' | 'endedAt'>;

interface Listeners<T> {
  readonly onChange?: (view: T) => void | Promise<void>;
  /** Hears that the following was stopped; the job was not. */
  readonly onLeave?: () => void;
}

/** Follows a job, as `look` sees it, to its end. */
export async function follow<T extends Followed>(
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
      await listeners.onChange?.(view);
      progress.update({ label: view.status, ...countsOf(view) });
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

/** Follows a job of whatever kind to its end, with its progress on standard error. */
export function followJob(
  context: Context,
  id: string,
  options: {
    readonly subject?: Subject;
    readonly progress?: Progress;
    readonly onChange?: (view: JobView) => void | Promise<void>;
  } = {},
): Promise<JobView> {
  const { output, env } = context;
  const { subject = everyJob, progress = createProgress(output, env), onChange = () => {} } = options;
  return follow(context, () => readJob(context, subject, id), progress, {
    onChange,
    onLeave: () => output.note(goesOn(id, subject)),
  });
}

/** What Ctrl-C does not do. */
export function goesOn(id: string, subject: Subject = everyJob): string {
  const { noun, title } = subject;
  return `${title} ${id} continues: \`waybill ${noun} watch ${id}\` follows it, ` +
    `\`waybill ${noun} cancel ${id}\` ends it.`;
}

/** How a job ended, in a sentence, with what its kind says of it. */
export async function endOf(
  context: Pick<Context, 'kindTexts'>,
  job: JobView,
  subject: Subject = everyJob,
): Promise<string> {
  const { id, kind, status, createdAt, endedAt, progress: { done, failed, total } } = job;
  const took = endedAt === null ? '' : ` after ${duration(Date.parse(endedAt) - Date.parse(createdAt))}`;
  const counts = total === null ? null : `${done} of ${total} done${failed === 0 ? '' : `, ${failed} failed`}`;
  const outcome = (await textOf(context, kind))?.outcome?.(job as never) ?? null;
  const details = [counts, outcome].filter((each) => each !== null).join('; ');
  const sentence = `${subject.title} ${id} is ${status}${took}${details === '' ? '' : `: ${details}`}`;
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

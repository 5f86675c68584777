import { argument, type Argument } from '../command.ts';
import type { Context } from '../context.ts';
import { CommandFailure, exits } from '../failure.ts';
import type { JobView } from './end.ts';

/** Which jobs a command is about: those of every kind, or those of one under its own word. */
export interface Subject {
  /** The first word of its commands. */
  readonly noun: string;
  /** The same, as the first word of a sentence. */
  readonly title: string;
  /** Null: of every kind. */
  readonly kind: string | null;
}

export const everyJob: Subject = { noun: 'job', title: 'Job', kind: null };

export function argumentOf({ noun }: Subject): Argument & { readonly required: true; readonly rest: false } {
  return argument('ID', `The ${noun}.`, 'id');
}

export async function readJob({ client, signal }: Context, subject: Subject, id: string): Promise<JobView> {
  const job = await client().getJob({ params: { id } }, { signal });
  if (subject.kind === null || job.kind === subject.kind) return job;
  throw new CommandFailure(
    `job ${id} is of the kind ${job.kind}, and no ${subject.noun}: \`waybill job\` has commands for every kind`,
    exits.noInput,
  );
}

/** Before something is done to it. A job of every kind needs no look. */
export async function expectJob(context: Context, subject: Subject, id: string): Promise<void> {
  if (subject.kind !== null) await readJob(context, subject, id);
}

import { argument, type Argument } from '../command.ts';
import type { Context } from '../context.ts';
import { CommandFailure, exits } from '../failure.ts';
import type { JobView } from './end.ts';
import type { Subject } from './subject.ts';

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

import type { Events } from '../../../application/events/events.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok, type Result } from '../../../contract/errors.ts';
import { fold } from '../../../domain/job/fold.ts';
import type { RecordedEvent } from '../../../domain/job/job.ts';
import { command } from '../domain/kind.ts';
import type { CommandEvent, CommandJob } from '../domain/types.ts';

export interface Watched {
  readonly events: Events;
  readonly get: (context: RequestContext, jobId: string) => Promise<Result<CommandJob>>;
}

/**
 * The job now, and after each change of its state, in order, whichever server stores the change. None is skipped unless
 * thousands wait to be read. Ends when the job has ended, when the signal aborts, and when the server shuts down.
 */
export async function watchJob(
  { events, get }: Watched,
  context: RequestContext,
  jobId: string,
  signal: AbortSignal,
): Promise<Result<AsyncIterable<CommandJob>>> {
  const found = await get(context, jobId);
  if (!found.ok) return found;
  const follow = () => events.follow(context, { kinds: [command.name], jobIds: [jobId], signal });
  return ok(changesOf(follow, () => get(context, jobId)));
}

async function* changesOf(
  follow: () => ReturnType<Events['follow']>,
  get: () => Promise<Result<CommandJob>>,
): AsyncGenerator<CommandJob> {
  let told: string | null = null;
  for (let isBehind = true; isBehind; ) {
    isBehind = false;
    const followed = await follow();
    if (!followed.ok) return;
    let job: CommandJob | null = null;
    // The first group comes at once: nothing that is stored after it is missed.
    for await (const group of followed.value) {
      if (job === null) {
        const found = await get();
        if (!found.ok) return;
        job = found.value;
        if (job.state !== told) yield job;
      }
      for (const { event } of group.events) {
        if (event.sequence <= job.version) continue;
        const before: CommandJob = job;
        job = fold(command, before, event as RecordedEvent<CommandEvent>) as CommandJob;
        if (job.state !== before.state) yield job;
      }
      if (job.endedAt !== null) return;
      told = job.state;
      ({ isBehind } = group);
    }
  }
}

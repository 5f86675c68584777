import { defineCommand, type Command } from '../command.ts';
import type { Context } from '../context.ts';
import { createProgress, type Progress } from '../terminal/progress.ts';
import { endExits, exitOf, type JobView } from './end.ts';
import { endOf, followJob } from './follow.ts';
import { argumentOf } from './read-job.ts';
import type { Subject } from './subject.ts';

const eventsAtOnce = 200;
/** Read at once. */
const mostPages = 5;

export const watchCommand = (subject: Subject): Command => defineCommand({
  name: `${subject.noun} watch`,
  summary: `Watch a ${subject.noun} until it ends`,
  description:
    `Prints one line for each status that the ${subject.noun} enters, with its time, and shows the progress of its ` +
    `items on standard error. With --json, prints the ${subject.noun} as one line of JSON whenever it changes. ` +
    `Ctrl-C stops watching; the ${subject.noun} continues.`,
  arguments: { id: argumentOf(subject) },
  exits: { 0: `The ${subject.noun} succeeded.`, ...endExits },
  examples: [
    [`${subject.noun} watch 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41 && echo delivered`, 'and then run another command'],
  ],
  async run(context, { args: { id } }) {
    const { output } = context;
    const progress = ofItems(context);
    const printed = output.json ? null : statuses(context, id, () => progress.end());
    const job = await followJob(
      context, id, {
        subject, progress,
        onChange: (view) => (printed === null ? output.printJson(view, 'line') : printed(view)),
      },
    );
    if (!output.json) output.note(await endOf(context, job, subject));
    return exitOf(job);
  },
});

/** Prints what is new: from the events, as a job may have left a status again before anybody looked. */
function statuses({ client: connect, output, signal }: Context, id: string, before: () => void) {
  const client = connect();
  let after = 0;
  let printed = '';
  const print = (at: string, status: string): void => {
    if (status === printed) return;
    before();
    output.print(`${at} ${status}`);
    printed = status;
  };
  return async ({ status: current, updatedAt }: Pick<JobView, 'status' | 'updatedAt'>): Promise<void> => {
    if (current === printed) return;
    for (let pages = 0; pages < mostPages; pages++) {
      const query = { after, limit: eventsAtOnce };
      const { events, nextAfter } = await client.listJobEvents({ params: { id }, query }, { signal });
      for (const { at, status } of events) if (status !== null) print(at, status);
      after = events.at(-1)?.sequence ?? after;
      if (nextAfter === null) return;
    }
    // Too much has happened to be read for the sake of a few lines.
    print(updatedAt, current);
  };
}

/** Where the line cannot be drawn again, a job without items has nothing to say beside its status. */
function ofItems({ output, env }: Context): Progress {
  const progress = createProgress(output, env);
  if (output.errorStream.isTTY) return progress;
  return { update: (stage) => (stage.total > 1 ? progress.update(stage) : undefined), end: () => progress.end() };
}

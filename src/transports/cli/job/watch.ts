import { defineCommand, jobArgument } from '../command.ts';
import { createProgress, duration } from '../terminal/progress.ts';
import { follow, goesOn } from './follow.ts';
import { endExits, exitOf, findJob, type ShownJob } from './shown.ts';

export default defineCommand({
  name: 'job watch',
  summary: 'Follow a job to its end',
  description:
    'Shows the progress on standard error. With --json, prints the job on a line of its own whenever it has changed. ' +
    'Ctrl-C ends the watching; the job goes on.',
  arguments: { id: jobArgument },
  exits: endExits,
  examples: [['job watch 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41 && echo delivered', 'then do something']],
  async run(context, { args: { id } }) {
    const { output, env, signal } = context;
    const client = context.client();
    const look = (): Promise<ShownJob> => findJob(client, id, signal);
    const job = await follow(context, look, createProgress(output, env), {
      onChange: ({ view }) => {
        if (output.json) output.printJson(view, 'line');
      },
      onLeave: () => output.note(goesOn(id)),
    });
    if (!output.json) output.note(endOf(job));
    return exitOf(job.status);
  },
});

function endOf({ id, status, createdAt, endedAt, progress }: ShownJob): string {
  const { done, failed, total } = progress;
  const took = endedAt === null ? '' : ` after ${duration(Date.parse(endedAt) - Date.parse(createdAt))}`;
  return `Job ${id} is ${status}${took}: ${done} of ${total} done${failed === 0 ? '' : `, ${failed} failed`}.`;
}

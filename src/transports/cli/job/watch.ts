import { defineCommand, jobArgument } from '../command.ts';
import { endExits, exitOf } from './end.ts';
import { endOf, followJob } from './follow.ts';

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
    const { output } = context;
    const job = await followJob(context, id, (view) => {
      if (output.json) output.printJson(view, 'line');
    });
    if (!output.json) output.note(endOf(job));
    return exitOf(job);
  },
});

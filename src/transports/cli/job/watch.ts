import { defineCommand, jobArgument } from '../command.ts';
import { endExits, exitOf } from './end.ts';
import { endOf, followJob } from './follow.ts';

export default defineCommand({
  name: 'job watch',
  summary: 'Watch a job until it ends',
  description:
    'Shows progress on standard error. With --json, prints the job as one line of JSON whenever it changes. Ctrl-C ' +
    'stops watching; the job continues.',
  arguments: { id: jobArgument },
  exits: endExits,
  examples: [['job watch 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41 && echo delivered', 'and then run another command']],
  async run(context, { args: { id } }) {
    const { output } = context;
    const job = await followJob(context, id, (view) => {
      if (output.json) output.printJson(view, 'line');
    });
    if (!output.json) output.note(endOf(job));
    return exitOf(job);
  },
});

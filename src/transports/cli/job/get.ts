import { defineCommand, type Command } from '../command.ts';
import { argumentOf, readJob } from './read-job.ts';
import type { Subject } from './subject.ts';
import { jobText } from './text.ts';

export const getCommand = (subject: Subject): Command => defineCommand({
  name: `${subject.noun} get`,
  summary: `Show a ${subject.noun}`,
  arguments: { id: argumentOf(subject) },
  examples: [
    [`${subject.noun} get 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41`, 'for people'],
    [`${subject.noun} get --id "$JOB_ID" --json | jq -r .status`, 'for scripts'],
  ],
  async run(context, { args: { id } }) {
    const { output } = context;
    const job = await readJob(context, subject, id);
    if (output.json) output.printJson(job);
    else output.print(await jobText(context, job));
  },
});

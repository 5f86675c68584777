import { defineCommand, type Command } from '../command.ts';
import { argumentOf, expectJob } from './read-job.ts';
import type { Subject } from './subject.ts';

export const retryCommand = (subject: Subject): Command => defineCommand({
  name: `${subject.noun} retry`,
  summary: `Retry a ${subject.noun} that failed or was canceled`,
  description: `Starts it again.${subject.kind === null ? ' Not every kind of job can be retried.' : ''}`,
  arguments: { id: argumentOf(subject) },
  examples: [
    [`${subject.noun} retry 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41`, 'a single one'],
    [`${subject.noun} retry "$JOB_ID" && waybill ${subject.noun} watch "$JOB_ID"`, 'retry it, and watch it'],
  ],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    await expectJob(context, subject, id);
    const job = await context.client().retryJob({ params: { id } }, { signal });
    if (output.json) output.printJson(job);
    else output.note(`${subject.title} ${id} is ${job.status}: \`waybill ${subject.noun} watch ${id}\` follows it.`);
  },
});

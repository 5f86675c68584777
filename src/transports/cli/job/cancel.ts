import { defineCommand, type Command } from '../command.ts';
import { argumentOf, expectJob } from './read-job.ts';
import type { Subject } from './subject.ts';

export const cancelCommand = (subject: Subject): Command => defineCommand({
  name: `${subject.noun} cancel`,
  summary: `Cancel a ${subject.noun}`,
  description:
    'What was delivered is paid; the other credits and the slot are returned at once. If a worker is running the ' +
    `${subject.noun}, it is told to stop, and the ${subject.noun} is canceled when it has stopped.`,
  arguments: { id: argumentOf(subject) },
  examples: [[`${subject.noun} cancel 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41`, 'a single one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    await expectJob(context, subject, id);
    const job = await context.client().cancelJob({ params: { id } }, { signal });
    if (output.json) output.printJson(job);
    else output.note(`${subject.title} ${id} is ${job.phase === 'canceled' ? 'canceled' : 'told to stop'}.`);
  },
});

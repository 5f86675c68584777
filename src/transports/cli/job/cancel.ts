import { defineCommand, jobArgument } from '../command.ts';

export default defineCommand({
  name: 'job cancel',
  summary: 'Cancel a job',
  description: 'What was delivered by then is paid; the other credits and the slot come back at once.',
  arguments: { id: jobArgument },
  examples: [['job cancel 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'that one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const answer = await context.client().cancelImageSet({ params: { id } }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Job ${id} is ${answer.status}.`);
  },
});

import { defineCommand, jobArgument } from '../../../transports/cli/command.ts';
import type { ImageSetRoutes } from './client.ts';
import { orderFlags, ordersOf } from './orders.ts';

export default defineCommand({
  name: 'job execute',
  summary: 'Execute an image set',
  arguments: { id: jobArgument },
  flags: orderFlags,
  examples: [
    ['job execute "$JOB_ID"', 'as the preset says'],
    [
      'job execute "$JOB_ID" --concepts \'{"wall":{"action":"recolor","value":"#f4e9dc"}}\' --protect person,face',
      'walls in cream',
    ],
    ['job execute "$JOB_ID" --concepts @concepts.json', 'concepts from a file'],
  ],
  async run(context, { args: { id }, flags }) {
    const { output, signal } = context;
    const body = ordersOf(flags);
    const answer = await context.client<ImageSetRoutes>().executeImageSet({ params: { id }, body }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Job ${id} is ${answer.status}.`);
  },
});

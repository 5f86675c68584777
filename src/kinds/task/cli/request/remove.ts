import { argument, defineCommand } from '../../../../transports/cli/command.ts';
import type { TaskRoutes } from '../client.ts';

export default defineCommand({
  name: 'request remove',
  summary: 'Withdraw a request for a task',
  description: 'One that waits, or was refused.',
  arguments: { id: argument('ID', 'Id of the request: see `request list`.') },
  flags: {},
  examples: [['request remove 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'it shall never be a task']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const answer = await context.client<TaskRoutes>().removeTaskRequest({ params: { id } }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Request ${id} is withdrawn.`);
  },
});

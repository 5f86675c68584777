import { argument, defineCommand } from '../../../../transports/cli/command.ts';
import type { TaskRoutes } from '../client.ts';

export default defineCommand({
  name: 'request retry',
  summary: 'Try a refused request for a task again',
  description: 'As when a quota has room again, or the type has another schema.',
  arguments: { id: argument('ID', 'Id of the request: see `request list`.') },
  flags: {},
  examples: [['request retry 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'once the quota is raised']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const answer = await context.client<TaskRoutes>().retryTaskRequest({ params: { id } }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Request ${id} waits.`);
  },
});

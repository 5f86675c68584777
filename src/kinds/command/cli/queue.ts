import { defineCommand } from '../../../transports/cli/command.ts';
import { table } from '../../../transports/cli/output.ts';
import type { CommandRoutes } from './client.ts';

export default defineCommand({
  name: 'queue status',
  summary: 'Count the command jobs in each state',
  description: 'For operators: of your own; administrators count everybody’s.',
  examples: [['queue status --json | jq .states.PENDING', 'how many wait']],
  async run(context) {
    const { output, signal } = context;
    const queue = await context.client<CommandRoutes>().commandQueue({}, { signal });
    if (output.json) return output.printJson(queue);
    output.print(table(['STATE', 'JOBS'], Object.entries(queue.states).map(([state, jobs]) => [state, String(jobs)])));
  },
});

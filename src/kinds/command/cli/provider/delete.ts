import { defineCommand } from '../../../../transports/cli/command.ts';
import type { CommandRoutes } from '../client.ts';
import { providerArgument } from './text.ts';

export default defineCommand({
  name: 'provider delete',
  summary: 'Delete a provider',
  description: 'One that has workers is disabled first, and deleted once they have ended.',
  arguments: { id: providerArgument },
  examples: [['provider delete docker-2', 'by its name']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const answer = await context.client<CommandRoutes>().deleteProvider({ params: { id } }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Provider ${id} is deleted.`);
  },
});

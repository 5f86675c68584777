import { defineCommand } from '../../../../transports/cli/command.ts';
import type { CommandRoutes } from '../client.ts';
import { providerArgument } from './text.ts';

export default defineCommand({
  name: 'provider disable',
  summary: 'Let a provider start no more workers',
  description: 'Workers that run end their jobs.',
  arguments: { id: providerArgument },
  examples: [['provider disable docker', 'before its machine is restarted']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const provider = await context.client<CommandRoutes>().disableProvider({ params: { id } }, { signal });
    if (output.json) output.printJson(provider);
    else output.note(`Provider ${provider.name} is ${provider.status}.`);
  },
});

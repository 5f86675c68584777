import { defineCommand } from '../../../../transports/cli/command.ts';
import type { CommandRoutes } from '../client.ts';
import { providerArgument } from './text.ts';

export default defineCommand({
  name: 'provider enable',
  summary: 'Let a provider start workers again',
  arguments: { id: providerArgument },
  examples: [['provider enable docker', 'after it was disabled']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const provider = await context.client<CommandRoutes>().enableProvider({ params: { id } }, { signal });
    if (output.json) output.printJson(provider);
    else output.note(`Provider ${provider.name} is ${provider.status}.`);
  },
});

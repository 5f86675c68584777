import { defineCommand } from '../../../../transports/cli/command.ts';
import type { CommandRoutes } from '../client.ts';
import { providerArgument, providerText } from './text.ts';

export default defineCommand({
  name: 'provider get',
  summary: 'Show a provider',
  arguments: { id: providerArgument },
  examples: [['provider get docker', 'by its name']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const provider = await context.client<CommandRoutes>().getProvider({ params: { id } }, { signal });
    if (output.json) output.printJson(provider);
    else output.print(providerText(provider));
  },
});

import { defineCommand } from '../../../../transports/cli/command.ts';
import { exits } from '../../../../transports/cli/failure.ts';
import { plain } from '../../../../transports/cli/output.ts';
import type { CommandRoutes } from '../client.ts';
import { healthOf, providerArgument } from './text.ts';

export default defineCommand({
  name: 'provider test',
  summary: 'Test whether a provider could start workers now',
  arguments: { id: providerArgument },
  exits: { 1: 'It could not, or this server cannot talk to it.' },
  examples: [['provider test docker', 'by its name']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const provider = await context.client<CommandRoutes>().testProvider({ params: { id } }, { signal });
    const { name, health } = provider;
    if (output.json) output.printJson(provider);
    else {
      const took = health?.healthy === true ? `: ${plain(health.message)} (${Math.round(health.latencyMs)} ms)` : '';
      output.print(`${plain(name)} is ${healthOf(provider)}${took}`);
    }
    return health?.healthy === true ? exits.ok : exits.failed;
  },
});

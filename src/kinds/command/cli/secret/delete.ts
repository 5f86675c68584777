import { defineCommand } from '../../../../transports/cli/command.ts';
import type { CommandRoutes } from '../client.ts';
import { secretArgument } from './argument.ts';

export default defineCommand({
  name: 'secret delete',
  summary: 'Delete a secret',
  description: 'Jobs that need it and are not assigned yet fail.',
  arguments: { name: secretArgument },
  examples: [['secret delete npm/publish', 'by its name']],
  async run(context, { args: { name } }) {
    const { output, signal } = context;
    const answer = await context.client<CommandRoutes>().deleteSecret({ params: { name } }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Secret ${name} is deleted.`);
  },
});

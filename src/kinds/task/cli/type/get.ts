import { defineCommand } from '../../../../transports/cli/command.ts';
import type { TaskRoutes } from '../client.ts';
import { typeArgument, typeTable } from './text.ts';

export default defineCommand({
  name: 'type get',
  summary: 'Show the limits and defaults of a task type',
  description: 'Also of a type that nothing was set for. Add --json to see the schema of its data.',
  arguments: { type: typeArgument },
  flags: {},
  examples: [
    ['type get import_voters', 'for people'],
    ['type get import_voters --json | jq .inputSchema', 'what its data must look like'],
  ],
  async run(context, { args: { type } }) {
    const { output, signal } = context;
    const found = await context.client<TaskRoutes>().getWorkType({ params: { type } }, { signal });
    if (output.json) output.printJson(found);
    else output.print(typeTable([found]));
  },
});

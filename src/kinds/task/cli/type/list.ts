import { defineCommand } from '../../../../transports/cli/command.ts';
import type { TaskRoutes } from '../client.ts';
import { typeTable } from './text.ts';

export default defineCommand({
  name: 'type list',
  summary: 'List task types and their limits',
  description: 'Those that something was set for.',
  flags: {},
  examples: [['type list', 'what holds for the tasks of each type']],
  async run(context) {
    const { output, signal } = context;
    const { types } = await context.client<TaskRoutes>().listWorkTypes({}, { signal });
    if (output.json) output.printJson({ types });
    else output.print(typeTable(types));
  },
});

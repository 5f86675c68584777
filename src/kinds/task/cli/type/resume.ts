import { defineCommand } from '../../../../transports/cli/command.ts';
import type { TaskRoutes } from '../client.ts';
import { typeArgument, typeTable } from './text.ts';

export default defineCommand({
  name: 'type resume',
  summary: 'Resume a task type',
  description: 'Its tasks start again. For operators.',
  arguments: { type: typeArgument },
  flags: {},
  examples: [['type resume import_voters', 'afterwards']],
  async run(context, { args: { type } }) {
    const { output, signal } = context;
    const set = await context.client<TaskRoutes>().resumeWorkType({ params: { type } }, { signal });
    if (output.json) output.printJson(set);
    else output.print(typeTable([set]));
  },
});

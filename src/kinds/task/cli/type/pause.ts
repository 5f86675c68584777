import { defineCommand } from '../../../../transports/cli/command.ts';
import type { TaskRoutes } from '../client.ts';
import { typeArgument, typeTable } from './text.ts';

export default defineCommand({
  name: 'type pause',
  summary: 'Pause a task type',
  description: 'None of its tasks starts, on any worker, until it is resumed; those that run go on. For operators.',
  arguments: { type: typeArgument },
  flags: {},
  examples: [['type pause import_voters', 'before a deployment of its workers']],
  async run(context, { args: { type } }) {
    const { output, signal } = context;
    const set = await context.client<TaskRoutes>().pauseWorkType({ params: { type } }, { signal });
    if (output.json) output.printJson(set);
    else output.print(typeTable([set]));
  },
});

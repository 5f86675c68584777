import { argument, defineCommand } from '../../../../transports/cli/command.ts';
import { anyText, optional } from '../../../../transports/cli/flag.ts';
import type { CommandRoutes } from '../client.ts';

export default defineCommand({
  name: 'worker drain',
  summary: 'End a worker of a provider',
  description:
    'It gets no more jobs and is ended. The job that it runs goes to another worker or fails, as its retry policy ' +
    'says.',
  arguments: { id: argument('ID', 'The worker.', 'id') },
  flags: { reason: optional('TEXT', anyText, 'Why, for people.') },
  examples: [['worker drain 01935a3e-7d20-7b41-8c52-6d7e8f9a0b1c --reason "The host is restarted."', 'a single one']],
  async run(context, { args: { id }, flags: { reason } }) {
    const { output, signal } = context;
    const body = reason === undefined ? {} : { reason };
    const answer = await context.client<CommandRoutes>().drainWorker({ params: { id }, body }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Worker ${id} is being ended.`);
  },
});

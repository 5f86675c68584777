import { defineCommand } from '../../../../transports/cli/command.ts';
import { anyText, oneOf, optional } from '../../../../transports/cli/flag.ts';
import { UsageProblem } from '../../../../transports/cli/usage-problem.ts';
import type { CommandRoutes } from '../client.ts';
import { readSettings, settingFlags } from './settings.ts';
import { providerArgument, providerText } from './text.ts';

export default defineCommand({
  name: 'provider update',
  summary: 'Change a provider',
  description: 'What is not given stays. Labels and configuration are replaced as a whole.',
  arguments: { id: providerArgument },
  flags: {
    name: optional('NAME', anyText, 'A new name.'),
    status: optional('STATUS', oneOf('ACTIVE', 'DISABLED', 'MAINTENANCE'), 'Whether it starts workers.'),
    ...settingFlags,
  },
  examples: [
    ['provider update docker --max-workers 20', 'for twenty containers at once'],
    ['provider update docker --warm 2 --warm-jobs 50', 'to keep two workers ready, for up to 50 jobs each'],
  ],
  async run(context, { args: { id }, flags: { name, status, ...settings } }) {
    const { output, signal } = context;
    const body = {
      ...readSettings(settings), ...(name !== undefined && { name }), ...(status !== undefined && { status }),
    };
    if (Object.keys(body).length === 0) throw new UsageProblem('nothing to change: give a flag such as --name');
    const provider = await context.client<CommandRoutes>().updateProvider({ params: { id }, body }, { signal });
    if (output.json) output.printJson(provider);
    else output.print(providerText(provider));
  },
});

import { argument, defineCommand } from '../../../../transports/cli/command.ts';
import { anyText, required, toggle } from '../../../../transports/cli/flag.ts';
import type { CommandRoutes } from '../client.ts';
import { readSettings, settingFlags } from './settings.ts';
import { healthOf } from './text.ts';

export default defineCommand({
  name: 'provider create',
  summary: 'Register a provider',
  description: 'The same provider again under its name changes nothing. Prints its id.',
  arguments: { name: argument('NAME', '1 to 63 lower-case letters, digits and hyphens.', 'name') },
  flags: {
    type: required('TYPE', anyText, 'How it starts workers: process, docker or kubernetes.'),
    ...settingFlags,
    disabled: toggle('It starts no workers until it is enabled.'),
  },
  examples: [
    ['provider create docker-2 --type docker --max-workers 4 --label zone=cellar', 'for four containers at once'],
  ],
  async run(context, { args: { name }, flags: { type, disabled, ...settings } }) {
    const { output, signal } = context;
    const body = { name, type, ...readSettings(settings), ...(disabled && { status: 'DISABLED' as const }) };
    const provider = await context.client<CommandRoutes>().registerProvider({ body }, { signal });
    if (output.json) return output.printJson(provider);
    output.print(provider.id);
    output.note(`Provider ${provider.name} is ${provider.status}, and ${healthOf(provider)}.`);
  },
});

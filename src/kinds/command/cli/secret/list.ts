import { defineCommand } from '../../../../transports/cli/command.ts';
import { plain, table } from '../../../../transports/cli/output.ts';
import type { CommandRoutes } from '../client.ts';

export default defineCommand({
  name: 'secret list',
  summary: 'List secrets',
  description: 'For operators. By name, without their values, which nobody is shown.',
  examples: [['secret list', 'all of them']],
  async run(context) {
    const { output, signal } = context;
    const { secrets } = await context.client<CommandRoutes>().listSecrets({}, { signal });
    if (output.json) return output.printJson({ secrets });
    output.print(
      table(
        ['NAME', 'CREATED BY', 'CREATED', 'UPDATED'],
        secrets.map(({ name, createdBy, createdAt, updatedAt }) => [plain(name), createdBy, createdAt, updatedAt]),
      ),
    );
  },
});

import { defineCommand } from '../../../../transports/cli/command.ts';
import { labelsText } from '../../../../transports/cli/job/text.ts';
import { plain, table } from '../../../../transports/cli/output.ts';
import type { CommandRoutes } from '../client.ts';
import { healthOf } from './text.ts';

export default defineCommand({
  name: 'provider list',
  summary: 'List providers',
  description: 'For operators. What starts the workers that commands run in, by name.',
  examples: [
    ['provider list', 'all of them'],
    ["provider list --json | jq -r '.providers[] | select(.health.healthy | not).name'", 'those that are not healthy'],
  ],
  async run(context) {
    const { output, signal } = context;
    const { providers } = await context.client<CommandRoutes>().listProviders({}, { signal });
    if (output.json) return output.printJson({ providers });
    output.print(
      table(
        ['NAME', 'TYPE', 'STATUS', 'WORKERS', 'PRIORITY', 'LABELS', 'ID', 'HEALTH'],
        providers.map((each) => [
          plain(each.name), plain(each.type), each.status, `${each.activeWorkers}/${each.maxWorkers}`,
          String(each.priority), labelsText(each.labels) || '-', each.id, healthOf(each),
        ]),
      ),
    );
  },
});

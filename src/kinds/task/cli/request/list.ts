import { defineCommand } from '../../../../transports/cli/command.ts';
import { optional, toggle, wholeNumber } from '../../../../transports/cli/flag.ts';
import { plain, table } from '../../../../transports/cli/output.ts';
import type { TaskRoutes } from '../client.ts';

export default defineCommand({
  name: 'request list',
  summary: 'List requests of other programs for tasks',
  description:
    'Those that were refused, which are kept for 7 days: rows of job_requests in PostgreSQL. Your own; of ' +
    'everybody for administrators.',
  flags: {
    waiting: toggle('Those whose turn has not come, in place of the refused ones.'),
    limit: optional('N', wholeNumber(1, 100), 'Maximum number. Default: 20.'),
  },
  examples: [['request list', 'what was refused, and why'], ['request list --waiting --json', 'what has not begun']],
  async run(context, { flags: { waiting, limit } }) {
    const { output, signal } = context;
    const query = { status: waiting ? 'waiting' as const : 'refused' as const, ...(limit !== undefined && { limit }) };
    const page = await context.client<TaskRoutes>().listTaskRequests({ query }, { signal });
    if (output.json) return output.printJson(page);
    output.print(table(
      ['ID', 'OWNER', 'SINCE', 'CODE', 'WHY'],
      page.requests.map(({ id, ownerId, createdAt, error }) => [
        id, plain(ownerId), createdAt, error?.code ?? '-', plain(error?.message ?? 'its turn has not come'),
      ]),
    ));
  },
});

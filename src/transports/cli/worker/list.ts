import type { RouteAnswer } from '../../../contract/route.ts';
import type { listWorkers } from '../../../contract/workers.ts';
import { defineCommand } from '../command.ts';
import { optional, wholeNumber } from '../flag.ts';
import { plain, table } from '../output.ts';

export default defineCommand({
  name: 'worker list',
  summary: 'List workers',
  description:
    'For operators. Lists the workers of all servers by id, with the number of jobs that each holds; --json shows ' +
    'which jobs, and since when.',
  flags: { limit: optional('N', wholeNumber(1, 10_000), 'Maximum number to list. Default: 1000.') },
  examples: [['worker list', 'all of them, up to 1000']],
  async run(context, { flags: { limit = 1_000 } }) {
    const { output, signal } = context;
    const client = context.client();
    const workers: RouteAnswer<typeof listWorkers>['workers'][number][] = [];
    let complete = true;
    let cursor: string | null | undefined;
    while (cursor !== null && workers.length < limit) {
      const query = { limit: Math.min(100, limit - workers.length), ...(cursor === undefined ? {} : { cursor }) };
      const page = await client.listWorkers({ query }, { signal });
      workers.push(...page.workers);
      complete &&= page.complete;
      cursor = page.nextCursor;
    }
    if (output.json) return output.printJson({ workers, complete, nextCursor: cursor ?? null });
    const rows = workers.map(({ id, types, holds, since, heardAt }) => [
      plain(id), plain(types.join(',')), String(holds.count), since, heardAt,
    ]);
    output.print(table(['ID', 'TYPES', 'HOLDS', 'SINCE', 'LAST HEARD'], rows));
    if (!complete) output.note('More than 10,000 jobs are held at once: not all of them are counted.');
    if (cursor) output.note(`There are more: --limit ${limit} was reached.`);
  },
});

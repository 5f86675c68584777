import { defineCommand } from '../../../transports/cli/command.ts';
import { anyText, oneOf, optional, toggle, wholeNumber } from '../../../transports/cli/flag.ts';
import { plain, table } from '../../../transports/cli/output.ts';
import { pages } from '../../../transports/cli/pages.ts';
import type { TaskRoutes } from './client.ts';

export const statuses = ['pending', 'processing', 'completed', 'failed', 'canceled'] as const;

export default defineCommand({
  name: 'task list',
  summary: 'List tasks',
  description: "Your own, newest first; administrators see everybody's.",
  flags: {
    status: optional('STATUS', oneOf(...statuses), `Only tasks in this status: ${statuses.join(', ')}.`),
    type: optional('TYPE', anyText, 'Only tasks of this type.'),
    createdFrom: optional('TIME', anyText, 'Only tasks submitted at this time or later, such as 2026-11-22T09:30:00Z.'),
    createdBefore: optional('TIME', anyText, 'Only tasks submitted before this time.'),
    owner: optional('USER', anyText, 'Only those of this user; for administrators.'),
    fields: optional('NAME,...', anyText, 'With --json: include data, errorLog or result.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Page size, at most 200. Default: 50.'),
    cursor: optional('CURSOR', anyText, 'Continue after the previous page.'),
    all: toggle('Fetch all pages.'),
  },
  examples: [
    ['task list --type import_voters --status failed', 'failed tasks'],
    ["task list --all --fields result --json | jq '.jobs[].result'", 'all results'],
  ],
  async run(context, { flags: { all, cursor, limit = 50, ...filter } }) {
    const { output, signal } = context;
    const client = context.client<TaskRoutes>();
    const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    const { entries: jobs, next } = await pages(cursor ?? null, all, async (position) => {
      const query = { ...given, limit, ...(position !== null && { cursor: position }) };
      const page = await client.listTasks({ query }, { signal });
      return { entries: page.jobs, next: page.nextCursor };
    });
    if (output.json) return output.printJson({ jobs, nextCursor: next });
    output.print(
      table(
        ['ID', 'TYPE', 'STATUS', 'PROGRESS', 'ATTEMPT', 'CREATED', 'OWNER'],
        jobs.map(({ id, type, status, progress, attempt, maxAttempts, createdAt, createdById }) => [
          id, plain(type), status, `${progress} %`, `${attempt} of ${maxAttempts}`, createdAt, createdById,
        ]),
      ),
    );
    if (next !== null) output.note(`There are more: --cursor ${next}, or --all.`);
  },
});

import { defineCommand } from '../../../transports/cli/command.ts';
import { anyText, oneOf, optional, toggle, wholeNumber } from '../../../transports/cli/flag.ts';
import { plain, table } from '../../../transports/cli/output.ts';
import { pages } from '../../../transports/cli/pages.ts';
import type { TaskRoutes } from './client.ts';

const statuses = ['pending', 'processing', 'completed', 'failed', 'canceled'] as const;

export default defineCommand({
  name: 'task list',
  summary: 'List tasks, newest first',
  description: "Your own; an administrator's list holds everybody's.",
  flags: {
    status: optional('STATUS', oneOf(...statuses), `Only tasks in this status: ${statuses.join(', ')}.`),
    type: optional('TYPE', anyText, 'Only tasks of this type.'),
    createdFrom: optional('TIME', anyText, 'Only those that were submitted then or later, as 2026-11-22T09:30:00Z.'),
    createdBefore: optional('TIME', anyText, 'Only those that were submitted before.'),
    owner: optional('USER', anyText, "Only this user's; for administrators."),
    fields: optional('NAME,...', anyText, 'For --json: also have data, errorLog or result.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Tasks of one page, at most 200; 50 unless given.'),
    cursor: optional('CURSOR', anyText, 'Go on where the page before ended.'),
    all: toggle('Every page.'),
  },
  examples: [
    ['task list --type import_voters --status failed', 'what went wrong'],
    ["task list --all --fields result --json | jq '.jobs[].result'", 'every result'],
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

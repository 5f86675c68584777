import { defineCommand } from '../command.ts';
import { anyText, oneOf, optional, toggle, wholeNumber } from '../flag.ts';
import { dollars, plain, table } from '../output.ts';
import { pages } from '../pages.ts';
import { labelsText, shortProgress } from './text.ts';

const phases = ['waiting', 'active', 'succeeded', 'failed', 'canceled'] as const;

export default defineCommand({
  name: 'job list',
  summary: 'List jobs, newest first',
  description: "Your own; an administrator's list holds everybody's.",
  flags: {
    status: optional('STATUS', anyText, 'Only jobs in this status, such as running.'),
    phase: optional('PHASE', oneOf(...phases), `Only jobs in this phase: ${phases.join(', ')}.`),
    kind: optional('KIND', anyText, 'Only jobs of this kind.'),
    owner: optional('USER', anyText, "Only this user's; for administrators."),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Jobs of one page, at most 200; 50 unless given.'),
    cursor: optional('CURSOR', anyText, 'Go on where the page before ended.'),
    all: toggle('Every page.'),
  },
  examples: [
    ['job list --phase active', 'what is under way'],
    ["job list --all --json | jq -r '.jobs[].id'", 'every id'],
  ],
  async run(context, { flags: { all, cursor, limit = 50, ...filter } }) {
    const { output, signal } = context;
    const client = context.client();
    const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    const { entries: jobs, next } = await pages(cursor ?? null, all, async (position) => {
      const query = { ...given, limit, ...(position === null ? {} : { cursor: position }) };
      const page = await client.listJobs({ query }, { signal });
      return { entries: page.jobs, next: page.nextCursor };
    });
    if (output.json) return output.printJson({ jobs, nextCursor: next });
    const owners = new Set(jobs.map(({ ownerId }) => ownerId)).size > 1;
    output.print(
      table(
        ['ID', 'KIND', 'TYPE', 'STATUS', 'PROGRESS', 'COST', 'CREATED', ...(owners ? ['OWNER'] : []), 'LABELS'],
        jobs.map(({ id, kind, type, status, progress, costMicroUsd, createdAt, ownerId, labels }) => [
          id,
          plain(kind),
          plain(type ?? '-'),
          status,
          shortProgress(progress),
          costMicroUsd === 0 ? '-' : dollars(costMicroUsd),
          createdAt,
          ...(owners ? [ownerId] : []),
          labelsText(labels) || '-',
        ]),
      ),
    );
    if (next !== null) output.note(`There are more: --cursor ${next}, or --all.`);
  },
});

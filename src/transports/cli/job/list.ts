import { defineCommand } from '../command.ts';
import { anyText, oneOf, optional, repeated, toggle, wholeNumber, type TextReader } from '../flag.ts';
import { dollars, plain, table } from '../output.ts';
import { pages } from '../pages.ts';
import { labelsText, shortProgress } from './text.ts';

const phases = ['waiting', 'active', 'succeeded', 'failed', 'canceled'] as const;

const labelText: TextReader<string> = {
  allowed: 'NAME=VALUE, such as sku=A-17',
  parse: (text) => (text.indexOf('=') > 0 ? text.replace('=', ':') : undefined),
};

export default defineCommand({
  name: 'job list',
  summary: 'List jobs',
  description: "Your own, newest first; administrators see everybody's.",
  flags: {
    status: optional('STATUS', anyText, 'Only jobs in this status, such as running.'),
    state: optional('STATUS', anyText, 'The same as --status.'),
    phase: optional('PHASE', oneOf(...phases), `Only jobs in this phase: ${phases.join(', ')}.`),
    kind: optional('KIND', anyText, 'Only jobs of this kind.'),
    type: optional('TYPE', anyText, 'Only jobs of this type within their kind.'),
    label: repeated('NAME=VALUE', labelText, 'Only jobs with this label; repeat the flag to require several labels.'),
    parent: optional('ID', anyText, 'Only children of this job.'),
    createdFrom: optional('TIME', anyText, 'Only jobs created at this time or later, such as 2026-11-22T09:30:00Z.'),
    createdBefore: optional('TIME', anyText, 'Only jobs created before this time.'),
    owner: optional('USER', anyText, 'Only those of this user; for administrators.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Page size, at most 200. Default: 50.'),
    cursor: optional('CURSOR', anyText, 'Continue after the previous page.'),
    all: toggle('Fetch all pages.'),
  },
  examples: [
    ['job list --phase active', 'jobs in progress'],
    ['job list --state SUCCEEDED --label team=a', 'command jobs with a label'],
    ["job list --all --json | jq -r '.jobs[].id'", 'all ids'],
  ],
  async run(context, { flags: { all, cursor, limit = 50, state, status = state, ...filter } }) {
    const { output, signal } = context;
    const client = context.client();
    const given = Object.fromEntries(Object.entries({ ...filter, status }).filter(([, value]) => value !== undefined));
    let counted = {};
    const { entries: jobs, next } = await pages(cursor ?? null, all, async (position) => {
      const query = { ...given, limit, ...(position === null ? {} : { cursor: position }) };
      const page = await client.listJobs({ query }, { signal });
      counted = { total: page.total, totalCapped: page.totalCapped };
      return { entries: page.jobs, next: page.nextCursor };
    });
    if (output.json) return output.printJson({ jobs, nextCursor: next, ...counted });
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

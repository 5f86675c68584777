import type { RouteAnswer } from '../../../../contract/route.ts';
import { defineCommand } from '../../../../transports/cli/command.ts';
import type { Context } from '../../../../transports/cli/context.ts';
import { anyText, oneOf, optional, toggle, wholeNumber } from '../../../../transports/cli/flag.ts';
import { plain, table } from '../../../../transports/cli/output.ts';
import { claimingTable, readClaiming } from '../../../../transports/cli/worker/claiming.ts';
import type { listFleetWorkers } from '../../contract/fleet.ts';
import type { CommandRoutes } from '../client.ts';

type Worker = RouteAnswer<typeof listFleetWorkers>['workers'][number];
type State = Worker['state'];

const live = ['BUSY', 'READY', 'CONNECTING', 'CREATING', 'DRAINING'] as const satisfies readonly State[];
const pageSize = 200;

export default defineCommand({
  name: 'worker list',
  summary: 'List workers',
  description:
    'For operators. First the workers that providers have started, newest first, with the job that each has; then ' +
    'those that claim jobs by themselves, by id, with the number of jobs that each holds; --json shows which jobs, ' +
    'and since when. With a flag but --limit, the first alone.',
  flags: {
    state: optional('STATE', oneOf(...live, 'TERMINATED'), `Only those in this state: ${live.join(', ')}, TERMINATED.`),
    provider: optional('PROVIDER', anyText, 'Only those of this provider, by its name or id.'),
    job: optional('ID', anyText, 'Only those that were started for this job.'),
    all: toggle('Those that have ended, too.'),
    limit: optional('N', wholeNumber(1, 10_000), 'Maximum number to list of each sort. Default: 1000.'),
  },
  examples: [
    ['worker list', 'all of them, up to 1000 of each sort'],
    ['worker list --provider docker --state BUSY', 'those of a provider that have a job'],
  ],
  async run(context, { flags: { state, provider, job, all, limit = 1_000 } }) {
    const { output, signal } = context;
    const states = state !== undefined ? [state] : all ? [undefined] : live;
    const filter = { ...(provider !== undefined && { provider }), ...(job !== undefined && { job }) };
    const isFiltered = all || state !== undefined || Object.keys(filter).length > 0;
    const claiming = isFiltered ? null : await readClaiming(context, limit);
    const found = await Promise.all(states.map((each) => readFleet(
      context, limit, { ...filter, ...(each !== undefined && { state: each }) },
    )));
    const fleet = found.flat().toSorted((a, b) => (a.id < b.id ? 1 : -1));
    if (output.json) return output.printJson({ fleet: fleet.slice(0, limit), ...claiming });
    const { providers } = await context.client<CommandRoutes>().listProviders({}, { signal });
    const names = new Map(providers.map(({ id, name }) => [id, name]));
    output.print(fleetTable(fleet.slice(0, limit), names));
    if (fleet.length > limit) output.note(`There are more: --limit ${limit} was reached.`);
    if (claiming === null || claiming.workers.length === 0) return;
    output.print(`\n${claimingTable(claiming)}`);
    if (!claiming.complete) output.note('More than 10,000 jobs are held at once: not all of them are counted.');
    if (claiming.nextCursor !== null) output.note(`There are more: --limit ${limit} was reached.`);
  },
});

/** One more than `limit`, if there are so many. */
async function readFleet(
  context: Context,
  limit: number,
  filter: { readonly state?: State; readonly provider?: string; readonly job?: string },
): Promise<readonly Worker[]> {
  const client = context.client<CommandRoutes>();
  const workers: Worker[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null && workers.length <= limit) {
    const query = {
      ...filter, limit: Math.min(pageSize, limit + 1 - workers.length), ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await client.listFleetWorkers({ query }, { signal: context.signal });
    workers.push(...page.workers);
    cursor = page.nextCursor;
  }
  return workers;
}

function fleetTable(workers: readonly Worker[], names: ReadonlyMap<string, string>): string {
  return table(
    ['ID', 'STATE', 'PROVIDER', 'JOB', 'CREATED', 'RESOURCE'],
    workers.map(({ id, state, providerId, providerType, jobId, createdAt, resourceId }) => [
      id, state, plain(names.get(providerId) ?? providerType), jobId ?? '-', createdAt, plain(resourceId ?? '-'),
    ]),
  );
}

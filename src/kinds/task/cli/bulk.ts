import type { ClientOf } from '../../../client/index.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { argument, defineCommand } from '../../../transports/cli/command.ts';
import type { Context } from '../../../transports/cli/context.ts';
import { counted } from '../../../transports/cli/counted.ts';
import { exits } from '../../../transports/cli/failure.ts';
import { anyText, oneOf, optional, toggle, wholeNumber } from '../../../transports/cli/flag.ts';
import { plain } from '../../../transports/cli/output.ts';
import { confirm, yesFlag } from '../../../transports/cli/terminal/confirm.ts';
import { createProgress } from '../../../transports/cli/terminal/progress.ts';
import { UsageProblem } from '../../../transports/cli/usage-problem.ts';
import type { bulkTasks } from '../contract/tasks.ts';
import type { TaskRoutes } from './client.ts';
import { statuses } from './list.ts';

type Status = (typeof statuses)[number];
type Refused = RouteAnswer<typeof bulkTasks>['results'][number];

const actions = ['cancel', 'retry', 'delete'] as const;
type Action = (typeof actions)[number];

/** The statuses that each action can do something to. */
const fitting: Readonly<Record<Action, readonly Status[]>> = {
  cancel: ['pending', 'processing'],
  retry: ['failed', 'canceled'],
  delete: ['completed', 'failed', 'canceled'],
};
const did: Readonly<Record<Action, string>> = { cancel: 'Canceled', retry: 'Retried', delete: 'Deleted' };

const [pageSize, chunkSize] = [200, 1_000];
/** Refusals that are shown one by one. */
const shownRefusals = 5;

const filter = {
  type: optional('TYPE', anyText, 'Only tasks of this type.'),
  createdFrom: optional('TIME', anyText, 'Only tasks submitted at this time or later, such as 2026-11-22T09:30:00Z.'),
  createdBefore: optional('TIME', anyText, 'Only tasks submitted before this time.'),
  owner: optional('USER', anyText, 'Only those of this user; for administrators.'),
};

export default defineCommand({
  name: 'task bulk',
  summary: 'Cancel, retry or delete many tasks',
  description:
    'Looks first for the tasks that the flags describe and that the action can do something to, newest first, and ' +
    'says how many they are; then asks, on a terminal, or wants --yes. Nothing but the tasks that were counted is ' +
    'touched. Each is handled by itself: if one is refused, the others are not affected. Without a filter, all your ' +
    "tasks are meant, and for administrators everybody's: that takes --all.",
  arguments: { action: argument(actions.join('|'), 'What is done to each of them.') },
  flags: {
    status: optional('STATUS', oneOf(...statuses), 'Only tasks in this status, one that fits the action.'),
    ...filter,
    all: toggle('Without any other filter.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Maximum number of tasks, the newest. Default: 100000.'),
    ...yesFlag,
  },
  exits: { 1: 'Some were refused, or the answer was no.' },
  examples: [
    ['task bulk retry --type import_voters --created-from 2026-11-22', 'what failed or was canceled since then'],
    ['task bulk cancel --type import_voters --status pending --yes', 'without being asked'],
    ['task bulk delete --status completed --created-before 2026-11-01', 'old ones that went well'],
  ],
  async run(context, { args: { action: word }, flags: { status, all, limit = 100_000, yes, ...given } }) {
    const { output } = context;
    const action = actions.find((each) => each === word);
    if (action === undefined) {
      throw new UsageProblem(`the action is "${word}": it must be one of ${actions.join(', ')}`);
    }
    if (status !== undefined && !fitting[action].includes(status)) {
      throw new UsageProblem(`--status is ${status}: to ${action}, a task must be ${fitting[action].join(' or ')}`);
    }
    const conditions = Object.fromEntries(Object.entries(given).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
    if (!all && status === undefined && Object.keys(conditions).length === 0) {
      throw new UsageProblem('give a filter such as --type, or --all for every task');
    }
    const client = context.client<TaskRoutes>();
    const states = status === undefined ? fitting[action] : [status];
    const found = await findTasks(context, client, states, conditions, limit);
    const count = counted(found.ids.length, 'task', 'tasks');
    if (found.more) output.note(`More than ${limit} match: the newest ${limit} are taken, --limit changes that.`);
    if (found.ids.length === 0 || !yes) output.note(`${count} to ${action}.`);
    if (found.ids.length > 0 && !(await confirm(context, `${verb(action)} ${count}?`, yes))) {
      output.note('Nothing was done.');
      return exits.failed;
    }
    const refused = await changeAll(context, client, action, found.ids);
    const succeeded = found.ids.length - refused.length;
    if (output.json) {
      output.printJson({ action, matched: found.ids.length, succeeded, failed: refused.length, refused });
    } else if (found.ids.length > 0) {
      output.print(`${did[action]} ${counted(succeeded, 'task', 'tasks')}; ${refused.length} refused.`);
      for (const { id, error } of refused.slice(0, shownRefusals)) {
        output.note(`  ${id}: ${plain(error?.message ?? '')}`);
      }
      if (refused.length > shownRefusals) output.note('  --json names all of them.');
    }
    return refused.length === 0 ? exits.ok : exits.failed;
  },
});

function verb(action: Action): string {
  return `${action[0]?.toUpperCase()}${action.slice(1)}`;
}

async function findTasks(
  { signal }: Context,
  client: ClientOf<TaskRoutes>,
  states: readonly Status[],
  conditions: Readonly<Record<string, string>>,
  limit: number,
): Promise<{ readonly ids: readonly string[]; readonly more: boolean }> {
  const found = new Map<string, string>();
  for (const status of states) {
    let cursor: string | null | undefined;
    while (cursor !== null && found.size <= limit) {
      const query = { ...conditions, status, limit: pageSize, ...(cursor !== undefined && { cursor }) };
      const page = await client.listTasks({ query }, { signal });
      for (const { id, createdAt } of page.jobs) found.set(id, createdAt);
      cursor = page.nextCursor;
    }
  }
  const newest = [...found].sort(([, a], [, b]) => Date.parse(b) - Date.parse(a)).map(([id]) => id);
  return { ids: newest.slice(0, limit), more: newest.length > limit };
}

/** Those that were refused. */
async function changeAll(
  { output, env, signal }: Context,
  client: ClientOf<TaskRoutes>,
  action: Action,
  ids: readonly string[],
): Promise<readonly Refused[]> {
  const progress = createProgress(output, env);
  const refused: Refused[] = [];
  try {
    for (let done = 0; done < ids.length; done += chunkSize) {
      const some = ids.slice(done, done + chunkSize);
      const { results } = await client.bulkTasks({ body: { action, ids: some } }, { signal });
      refused.push(...results.filter(({ ok }) => !ok));
      const seen = done + some.length;
      progress.update({ label: action, done: seen - refused.length, failed: refused.length, total: ids.length });
    }
  } finally {
    progress.end();
  }
  return refused;
}

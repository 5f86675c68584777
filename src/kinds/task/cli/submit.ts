import { argument, defineCommand } from '../../../transports/cli/command.ts';
import { anyText, commaList, optional, toggle, wholeNumber, type TextReader } from '../../../transports/cli/flag.ts';
import { endExits, exitOf } from '../../../transports/cli/job/end.ts';
import { endOf, followJob } from '../../../transports/cli/job/follow.ts';
import { jsonPlaceholder, readJsonValue } from '../../../transports/cli/json-value.ts';
import type { TaskRoutes } from './client.ts';

const mostPriority = 1_000;

const priority: TextReader<number> = {
  allowed: `a whole number from -${mostPriority} to ${mostPriority}`,
  parse: (text) => (/^-?\d{1,4}$/.test(text) && Math.abs(Number(text)) <= mostPriority ? Number(text) : undefined),
};

export default defineCommand({
  name: 'task submit',
  summary: 'Submit a task',
  description:
    'It begins as soon as a worker that does its type has room for it. Prints the id alone on standard output, so ' +
    'that JOB_ID=$(waybill task submit ...) works; with --wait everything else is on standard error.\n\n' +
    'Once it is submitted, Ctrl-C ends the waiting only.',
  arguments: { type: argument('TYPE', 'Says which handler does it, such as import_voters.', 'type') },
  flags: {
    data: optional(jsonPlaceholder, anyText, 'For the handler: any JSON of up to 256 KB; null unless given.'),
    totalItems: optional('N', wholeNumber(0, 1_000_000_000), 'How many items there are, for the progress.'),
    priority: optional('N', priority, 'Greater ones begin first; 0 unless given.'),
    runAt: optional('TIME', anyText, 'Not begun before, as 2026-11-22T09:30:00Z; at once unless given.'),
    maxAttempts: optional('N', wholeNumber(1, 100), "Executions, the first one included; the type's unless given."),
    timeoutSeconds: optional('N', wholeNumber(1, 604_800), 'How long one attempt may take.'),
    dedupeKey: optional('KEY', anyText, 'While a task of yours with this type and key goes on, that one is answered.'),
    concurrencyKey: optional('KEY', anyText, 'Of tasks with this type and key, only so many run at once: one.'),
    dependsOn: optional('ID,...', commaList(anyText), 'Tasks that have to be completed before.'),
    webhookUrl: optional('URL', anyText, 'Gets a signed POST with the task when it has ended.'),
    wait: toggle('Wait for the end; the exit status says how it ended.'),
    idempotencyKey: optional('KEY', anyText, 'Says that this is one task, however often it is sent.'),
  },
  exits: endExits,
  examples: [
    ["task submit import_voters --data '{\"file\":\"voters.csv\"}' --total-items 1200", 'with what its handler needs'],
    ['task submit import_voters --data @import.json --wait', 'wait for the end'],
    ['task submit report --depends-on "$JOB_ID" --run-at 2026-12-01T06:00:00Z', 'after another one, and not before'],
  ],
  async run(context, { args: { type }, flags }) {
    const { data, timeoutSeconds, wait, idempotencyKey, ...others } = flags;
    const { output, signal } = context;
    const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
    const body = {
      ...given,
      type,
      ...(data !== undefined && { data: readJsonValue('--data', data) }),
      ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds * 1_000 }),
    };
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const task = await context.client<TaskRoutes>().submitTask({ body, ...key }, { signal });
    if (!output.json) output.print(task.id);
    if (task.deduplicated) output.note(`Task ${task.id} was there already.`);
    if (!wait) {
      if (output.json) output.printJson(task);
      else output.note(`Task ${task.id} is ${task.status}: \`waybill job watch ${task.id}\` follows it.`);
      return;
    }
    const job = await followJob(context, task.id);
    if (output.json) output.printJson(job);
    else output.note(endOf(job));
    return exitOf(job);
  },
});

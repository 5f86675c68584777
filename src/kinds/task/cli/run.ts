import { argument, defineCommand } from '../../../transports/cli/command.ts';
import type { Context } from '../../../transports/cli/context.ts';
import { anyText, commaList, optional, pairsFlag, toggle, wholeNumber } from '../../../transports/cli/flag.ts';
import { endExits, exitOf } from '../../../transports/cli/job/end.ts';
import { endOf, followJob } from '../../../transports/cli/job/follow.ts';
import { jsonOrInput, readJsonOrInput } from '../../../transports/cli/json-value.ts';
import { createProgress, type Progress } from '../../../transports/cli/terminal/progress.ts';
import type { TaskRoutes, TaskView } from './client.ts';
import { tasks } from './subject.ts';

export default defineCommand({
  name: 'task run',
  summary: 'Submit a task; with --wait, print its result',
  description:
    'The task starts when a worker for its type is free. Prints nothing but the id on standard output, so that ' +
    'JOB_ID=$(waybill task run ...) works. With --wait, prints nothing but the result, as JSON on one line, when the ' +
    'task has completed; with --json, the whole task. Everything else goes to standard error.\n\nAfter submission, ' +
    'Ctrl-C only stops waiting.',
  arguments: { type: argument('TYPE', 'Task type, which selects the handler, such as import_voters.', 'type') },
  flags: {
    data: optional(
      jsonOrInput, anyText, 'Input of the handler: any JSON of up to 256 KB; - reads standard input. Default: null.',
    ),
    totalItems: optional('N', wholeNumber(0, 1_000_000_000), 'Number of items, for the progress.'),
    priority: optional('N', wholeNumber(-1_000, 1_000), 'Higher priorities start first. Default: 0.'),
    runAt: optional('TIME', anyText, 'Earliest start, such as 2026-11-22T09:30:00Z. Default: now.'),
    maxAttempts: optional('N', wholeNumber(1, 100), 'Maximum number of attempts. Default: that of the type.'),
    timeoutSeconds: optional('N', wholeNumber(1, 604_800), 'Timeout of one attempt.'),
    dedupeKey: optional('KEY', anyText, 'Return the task of yours with this type and key, if one has not ended.'),
    concurrencyKey: optional('KEY', anyText, 'Limits how many tasks with this type and key run at once, usually one.'),
    dependsOn: optional('ID,...', commaList(anyText), 'Jobs that must succeed first.'),
    webhookUrl: optional('URL', anyText, 'Receives a signed POST with the task when it has ended.'),
    label: pairsFlag('NAME=VALUE', 'Label that lists find the task by; repeatable.'),
    wait: toggle('Wait until the task ends, and print its result; the exit status tells the outcome.'),
    idempotencyKey: optional('KEY', anyText, 'Makes retries safe: a repeat does not create another task.'),
  },
  exits: endExits,
  examples: [
    ["task run import_voters --data '{\"file\":\"voters.csv\"}' --total-items 1200", 'with input for the handler'],
    ['task run import_voters --data @import.json --wait | jq .imported', 'a part of its result'],
    ['task run import_voters --data - --wait < import.json', 'with input from another program'],
    ['task run report --depends-on "$JOB_ID" --run-at 2026-12-01T06:00:00Z', 'after another task'],
  ],
  async run(context, { args: { type }, flags }) {
    const { data, timeoutSeconds, label: labels, wait, idempotencyKey, ...others } = flags;
    const { output, signal } = context;
    const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
    const body = {
      ...given,
      type,
      ...(data !== undefined && { data: await readJsonOrInput('--data', data) }),
      ...(labels !== undefined && { labels }),
      ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds * 1_000 }),
    };
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const task = await context.client<TaskRoutes>().submitTask({ body, ...key }, { signal });
    if (task.deduplicated) output.note(`Task ${task.id} was there already.`);
    if (!wait) {
      if (output.json) return output.printJson(task);
      output.print(task.id);
      output.note(`Task ${task.id} is ${task.status}: \`waybill task watch ${task.id}\` follows it.`);
      return;
    }
    const job = await followJob(context, task.id, { subject: tasks, progress: onlyOnTerminals(context) });
    if (output.json) output.printJson(job);
    else if (job.phase === 'succeeded') output.print(JSON.stringify((job as unknown as TaskView).result));
    else output.note(await endOf(context, job, tasks));
    return exitOf(job);
  },
});

/** What reads the result in a pipe has no use for how far it is. */
function onlyOnTerminals({ output, env }: Context): Progress {
  return output.errorStream.isTTY === true ? createProgress(output, env) : { update() {}, end() {} };
}

import { defineCommand } from '../../../../transports/cli/command.ts';
import { anyText, optional, wholeNumber, type TextReader } from '../../../../transports/cli/flag.ts';
import { jsonPlaceholder, readJsonValue } from '../../../../transports/cli/json-value.ts';
import { UsageProblem } from '../../../../transports/cli/usage-problem.ts';
import type { TaskRoutes } from '../client.ts';
import { typeArgument, typeTable } from './text.ts';

/** 0 takes the limit away. */
const none = (value: number): number | null => (value === 0 ? null : value);

const rateText: TextReader<{ readonly count: number; readonly windowMs: number } | null> = {
  allowed: 'COUNT/SECONDS, such as 100/60, or none',
  parse: (text) => {
    if (text === 'none') return null;
    const [, count, seconds] = /^(\d{1,7})\/(\d{1,5})$/.exec(text) ?? [];
    return seconds === undefined ? undefined : { count: Number(count), windowMs: Number(seconds) * 1_000 };
  },
};

export default defineCommand({
  name: 'type set',
  summary: 'Set the limits and defaults of a task type',
  description:
    'What is not given stays. Limits apply to tasks that start from now on; defaults and --searchable to new ones. ' +
    'For operators.',
  arguments: { type: typeArgument },
  flags: {
    maxRunning: optional('N', wholeNumber(0, 1_000_000), 'Tasks that run at once, on all workers; 0: no limit.'),
    maxRunningPerKey: optional('N', wholeNumber(1, 1_000_000), 'Those with the same concurrency key that run at once.'),
    rate: optional('COUNT/SECONDS', rateText, 'Starts within any so many seconds, such as 100/60; none: no limit.'),
    maxAttempts: optional('N', wholeNumber(1, 100), 'Attempts of tasks that do not say it.'),
    timeoutSeconds: optional('N', wholeNumber(0, 604_800), 'Timeout of one attempt where a task has none; 0: none.'),
    inputSchema: optional(
      jsonPlaceholder, anyText, 'JSON Schema that the data of new tasks is checked by; null: any data.',
    ),
    searchable: optional(
      'KEY,...', anyText,
      'Keys of the data that become labels of new tasks, such as sku,customer.id, so that lists find them; none: none.',
    ),
  },
  examples: [
    ['type set import_voters --max-running 8 --rate 100/60', 'at most 8 at once, and 100 starts a minute'],
    ['type set import_voters --searchable county,source.file', 'for job list --label county=Kent'],
  ],
  async run(context, { args: { type }, flags }) {
    const { maxRunning, maxRunningPerKey, rate, maxAttempts, timeoutSeconds, searchable, inputSchema } = flags;
    const limits = {
      ...(maxRunning !== undefined && { maxRunning: none(maxRunning) }),
      ...(maxRunningPerKey !== undefined && { maxRunningPerKey }),
      ...(rate !== undefined && { rate }),
    };
    const defaults = {
      ...(maxAttempts !== undefined && { maxAttempts }),
      ...(timeoutSeconds !== undefined && { timeout: none(timeoutSeconds * 1_000) }),
    };
    const body = {
      ...(Object.keys(limits).length > 0 && { limits }),
      ...(Object.keys(defaults).length > 0 && { defaults }),
      // The server says what is wrong with it.
      ...(inputSchema !== undefined && { inputSchema: readJsonValue('--input-schema', inputSchema) as never }),
      ...(searchable !== undefined && { searchable: searchable === 'none' ? [] : searchable.split(',') }),
    };
    if (Object.keys(body).length === 0) throw new UsageProblem('nothing to set: give a flag such as --max-running');
    const { output, signal } = context;
    const set = await context.client<TaskRoutes>().putWorkType({ params: { type }, body }, { signal });
    if (output.json) output.printJson(set);
    else output.print(typeTable([set]));
  },
});

import { defineCommand } from '../../../transports/cli/command.ts';
import { counted } from '../../../transports/cli/counted.ts';
import { required, type TextReader } from '../../../transports/cli/flag.ts';
import type { ProductImageRoutes } from './client.ts';

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** In seconds. */
const age: TextReader<number> = {
  allowed: 'a number with a unit: 30d, 12h, 90m',
  parse(text) {
    const [, number = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
    const seconds = Number(number) * (units[unit] ?? Number.NaN);
    return number !== '' && seconds <= 3_650 * 86_400 ? seconds : undefined;
  },
};

export default defineCommand({
  name: 'jobs prune',
  summary: 'Remove old product images',
  description:
    'Removes product images that have been DONE or FAILED for so long, with their objects. Objects that another job ' +
    'uses stay, and so do jobs that have not ended. For administrators.',
  flags: { olderThan: required('AGE', age, 'Since their end: 30d, 12h, 90m.') },
  examples: [['jobs prune --older-than 30d', 'those of the time before the last 30 days']],
  async run(context, { flags: { olderThan: olderThanSeconds } }) {
    const { output, signal } = context;
    const client = context.client<ProductImageRoutes>();
    let [jobs, objects] = [0, 0];
    for (let more = true; more; ) {
      const pruned = await client.pruneProductImages({ body: { olderThanSeconds } }, { signal });
      jobs += pruned.jobs;
      objects += pruned.objects;
      ({ more } = pruned);
    }
    if (output.json) output.printJson({ jobs, objects });
    else output.print(`Removed ${counted(jobs, 'job', 'jobs')} with ${counted(objects, 'object', 'objects')}.`);
  },
});

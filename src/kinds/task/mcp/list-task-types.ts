import * as z from 'zod';
import { defineTool, reads } from '../../../transports/mcp/tool.ts';
import { taskType } from '../contract/task-fields.ts';
import type { workTypeRoutes } from '../contract/work-types.ts';

const pageSize = 20;
/** Characters of a schema in a list; a type by itself has all of it. */
const schemaLength = 3_000;

const shownType = z.object({
  type: z.string(),
  paused: z.boolean().describe('While paused, none of its tasks starts.'),
  maxAttempts: z.number().describe('Of tasks that do not say it.'),
  timeoutMs: z.number().nullable().describe('Of one attempt; null: none.'),
  maxRunning: z.number().nullable().describe('How many run at once; null: no limit.'),
  inputSchema: z.record(z.string(), z.unknown()).nullable().describe('JSON Schema of `data`; null: any data.'),
  schemaLeftOut: z.boolean().describe('True: the schema is large; ask for this type by itself.'),
});

export const listTaskTypes = defineTool({
  name: 'list_task_types',
  title: 'List task types',
  description:
    'Types of task with the JSON Schema that their data is checked by: what submit_task takes. Only types for which ' +
    'something is set, by name; workers of typed tasks set the schema when they start. Tasks of other types may be ' +
    'submitted too: list_jobs with kind task shows which there were.',
  hints: reads,
  input: z.strictObject({
    type: taskType.exactOptional().describe('Only this one, with all of its schema.'),
    after: taskType.exactOptional().describe('nextAfter of the previous page.'),
  }),
  output: z.object({
    types: z.array(shownType),
    nextAfter: z.string().nullable().describe('Send it as `after` to get the next page; null on the last one.'),
  }),
  async run({ type, after = '' }, { client, signal }) {
    const calls = client<typeof workTypeRoutes>();
    const one = async (name: string, whole: boolean): Promise<z.input<typeof shownType>> => {
      const { paused, defaults, limits, inputSchema } = await calls.getWorkType({ params: { type: name } }, { signal });
      const leftOut = !whole && JSON.stringify(inputSchema).length > schemaLength;
      return {
        type: name, paused, maxAttempts: defaults.maxAttempts, timeoutMs: defaults.timeout,
        maxRunning: limits.maxRunning, inputSchema: leftOut ? null : inputSchema as never, schemaLeftOut: leftOut,
      };
    };
    if (type !== undefined) return { data: { types: [await one(type, true)], nextAfter: null } };
    const { types } = await calls.listWorkTypes({}, { signal });
    const names = types.map((each) => each.type).filter((name) => name > after).sort();
    const page = names.slice(0, pageSize);
    const nextAfter = names.length > page.length ? page.at(-1)! : null;
    return { data: { types: await Promise.all(page.map((name) => one(name, false))), nextAfter } };
  },
});

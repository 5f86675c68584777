import { defineCommand, jobArgument } from '../../../transports/cli/command.ts';
import { optional, toggle, wholeNumber } from '../../../transports/cli/flag.ts';
import { plain } from '../../../transports/cli/output.ts';
import { pages } from '../../../transports/cli/pages.ts';
import type { TaskRoutes } from './client.ts';

export default defineCommand({
  name: 'task logs',
  summary: "Print what a task's handler logged",
  description: 'The newest 10,000 lines are kept. Oldest first.',
  arguments: { id: jobArgument },
  flags: {
    after: optional('N', wholeNumber(0, Number.MAX_SAFE_INTEGER), 'Only lines with a greater number.'),
    limit: optional('N', wholeNumber(1, 1_000), 'Lines of one page; 50 unless given.'),
    all: toggle('Every page.'),
  },
  examples: [['task logs "$JOB_ID" --all', 'all that is kept']],
  async run(context, { args: { id }, flags: { after = 0, limit = 50, all } }) {
    const { output, signal } = context;
    const client = context.client<TaskRoutes>();
    const { entries: lines, next } = await pages(after, all, async (position) => {
      const page = await client.taskLogs({ params: { id }, query: { after: position, limit } }, { signal });
      return { entries: page.lines, next: page.nextAfter };
    });
    if (output.json) return output.printJson({ lines, nextAfter: next });
    for (const { at, level, message } of lines) output.print(`${at} ${level.padEnd(5)} ${plain(message)}`);
    if (next !== null) output.note(`There are more: --after ${next}, or --all.`);
  },
});

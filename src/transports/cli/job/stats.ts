import { defineCommand } from '../command.ts';
import { anyText, optional } from '../flag.ts';
import { plain, table } from '../output.ts';

export default defineCommand({
  name: 'job stats',
  summary: 'Count jobs by kind and status',
  description: "Your own; administrators see everybody's.",
  flags: { owner: optional('USER', anyText, 'Only those of this user; for administrators.') },
  examples: [['job stats', 'count jobs']],
  async run(context, { flags: { owner } }) {
    const { output, signal } = context;
    const query = owner === undefined ? {} : { owner };
    const { counts } = await context.client().jobStats({ query }, { signal });
    if (output.json) return output.printJson({ counts });
    output.print(
      table(
        ['KIND', 'STATUS', 'PHASE', 'JOBS'],
        counts.map(({ kind, status, phase, count, capped }) => [
          plain(kind), status, phase, capped ? `${count} or more` : String(count),
        ]),
      ),
    );
  },
});

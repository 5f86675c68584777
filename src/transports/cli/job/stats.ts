import { defineCommand } from '../command.ts';
import { anyText, optional, toggle } from '../flag.ts';
import type { Context } from '../context.ts';
import { plain, table } from '../output.ts';

export default defineCommand({
  name: 'job stats',
  summary: 'Count jobs by kind and status',
  description: "Your own; administrators see everybody's.",
  flags: {
    owner: optional('USER', anyText, 'Only those of this user; for administrators.'),
    types: toggle('How many of each type ended and failed within a day, and how long they took; for operators.'),
  },
  examples: [['job stats', 'count jobs'], ['job stats --types', 'p50 and p95 of each type']],
  async run(context, { flags: { owner, types } }) {
    const { output, signal } = context;
    if (types) return showTypes(context);
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

async function showTypes(context: Context): Promise<void> {
  const { output, signal } = context;
  const day = await context.client().listTypeTimes({ query: {} }, { signal });
  if (output.json) return output.printJson(day);
  const spread = (of: { readonly p50: number; readonly p95: number } | null): string =>
    of === null ? '' : `${inSeconds(of.p50)} / ${inSeconds(of.p95)}`;
  output.print(table(
    ['KIND', 'TYPE', 'ENDED', 'FAILED', 'WAIT P50 / P95', 'RUN P50 / P95'],
    day.types.map(({ kind, type, ended, failed, waitMs, runMs }) => [
      plain(kind), plain(type ?? ''), String(ended), String(failed), spread(waitMs), spread(runMs),
    ]),
  ));
}

function inSeconds(ms: number): string {
  return `${Number((ms / 1_000).toPrecision(2))} s`;
}

import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import { defineCommand } from '../command.ts';
import { anyText, optional, toggle, wholeNumber } from '../flag.ts';
import { plain, table } from '../output.ts';
import { pages } from '../pages.ts';
import { stateOf } from './state.ts';

export default defineCommand({
  name: 'schedule list',
  summary: 'List schedules',
  description: "For operators. Your own, by name; administrators see everybody's.",
  flags: {
    owner: optional('USER', anyText, 'Only those of this user; for administrators.'),
    limit: optional('N', wholeNumber(1, 200), 'Page size. Default: 50.'),
    cursor: optional('CURSOR', anyText, 'Continue after the previous page.'),
    all: toggle('Fetch all pages.'),
  },
  examples: [
    ['schedule list', 'your own'],
    ['schedule list --owner mira --all', "another user's"],
  ],
  async run(context, { flags: { owner, limit = 50, cursor, all } }) {
    const { output, signal } = context;
    const client = context.client<ScheduleRoutes>();
    const { entries: schedules, next } = await pages(cursor ?? null, all, async (position) => {
      const query = {
        limit, ...(owner === undefined ? {} : { owner }), ...(position === null ? {} : { cursor: position }),
      };
      const page = await client.listSchedules({ query }, { signal });
      return { entries: page.schedules, next: page.nextCursor };
    });
    if (output.json) return output.printJson({ schedules, nextCursor: next });
    const rows = schedules.map((each) => [
      each.scheduleId, each.ownerId, plain(each.kind), plain(each.cron), plain(each.timeZone), each.nextAt ?? '-',
      stateOf(each), plain(each.name),
    ]);
    output.print(table(['ID', 'OWNER', 'KIND', 'CRON', 'TIME ZONE', 'NEXT', 'STATE', 'NAME'], rows));
    if (next !== null) output.note(`There are more: --cursor ${next}, or --all.`);
  },
});

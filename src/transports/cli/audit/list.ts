import type { listAudit } from '../../../contract/audit.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { defineCommand } from '../command.ts';
import { anyText, optional, toggle, wholeNumber } from '../flag.ts';
import { plain, table } from '../output.ts';
import { pages } from '../pages.ts';

export default defineCommand({
  name: 'audit list',
  summary: 'List what operators and administrators changed, newest first',
  description: 'For administrators.',
  flags: {
    actor: optional('USER', anyText, 'Only what this user did.'),
    action: optional('NAME', anyText, 'Only this action, such as updateUser.'),
    target: optional('TEXT', anyText, 'Only what was done to this: an id or a name.'),
    from: optional('TIME', anyText, 'Done at this time or later (ISO 8601).'),
    before: optional('TIME', anyText, 'Done before this time (ISO 8601).'),
    cursor: optional('CURSOR', anyText, 'The cursor that the previous page ended with.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Page size, at most 200. Default: 50.'),
    all: toggle('Fetch all pages.'),
  },
  examples: [
    ['audit list --target mira', 'who changed the user mira'],
    ['audit list --actor root --from 2026-11-22', 'what root has done since then'],
  ],
  async run(context, { flags: { actor, action, target, from, before, cursor, limit = 50, all } }) {
    const { output, signal } = context;
    const client = context.client();
    const asked = Object.entries({ actor, action, target, from, before }).filter(([, value]) => value !== undefined);
    const { entries, next } = await pages<string | null, Entry>(cursor ?? null, all, async (position) => {
      const query = { limit, ...Object.fromEntries(asked), ...(position !== null && { cursor: position }) };
      const page = await client.listAudit({ query }, { signal });
      return { entries: page.entries, next: page.nextCursor };
    });
    if (output.json) return output.printJson({ entries, nextCursor: next });
    output.print(
      table(
        ['AT', 'ACTOR', 'ADDRESS', 'ACTION', 'TARGET', 'DETAILS'],
        entries.map(({ at, actor: who, address, action: what, target: to, details }) => [
          at, who, address ?? '-', what, plain(to), plain(JSON.stringify(details)),
        ]),
      ),
    );
    if (next !== null) output.note(`There are more: --cursor ${next}, or --all.`);
  },
});

type Entry = RouteAnswer<typeof listAudit>['entries'][number];

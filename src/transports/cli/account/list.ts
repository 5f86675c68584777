import type { listAccounts } from '../../../contract/accounts.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { defineCommand } from '../command.ts';
import { anyText, optional, toggle, wholeNumber } from '../flag.ts';
import { table } from '../output.ts';
import { pages } from '../pages.ts';

export default defineCommand({
  name: 'account list',
  summary: 'List accounts',
  description: 'For administrators. A user has an account from the first job or grant on.',
  flags: {
    prefix: optional('TEXT', anyText, 'Only those whose user ids begin with this.'),
    after: optional('USER', anyText, 'Only accounts after this one.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Page size, at most 200. Default: 50.'),
    all: toggle('Fetch all pages.'),
  },
  examples: [['account list --prefix mi', 'those whose ids begin with mi']],
  async run(context, { flags: { prefix, after, limit = 50, all } }) {
    const { output, signal } = context;
    const client = context.client();
    const { entries, next } = await pages<string | null, Account>(after ?? null, all, async (position) => {
      const query = { limit, ...(prefix !== undefined && { prefix }), ...(position !== null && { after: position }) };
      const page = await client.listAccounts({ query }, { signal });
      return { entries: page.accounts, next: page.nextAfter };
    });
    if (output.json) return output.printJson({ accounts: entries, nextAfter: next });
    output.print(
      table(
        ['USER', 'PLAN', 'AVAILABLE', 'RESERVED', 'SPENT', 'GRANTED'],
        entries.map((each) => [
          each.userId, each.plan, String(each.credits), String(each.reserved), String(each.spent), String(each.granted),
        ]),
      ),
    );
    if (next !== null) output.note(`There are more: --after ${next}, or --all.`);
  },
});

type Account = RouteAnswer<typeof listAccounts>['accounts'][number];

import { defineCommand, optionalArgument } from '../command.ts';
import { optional, toggle, wholeNumber } from '../flag.ts';
import { plain, table } from '../output.ts';
import { pages } from '../pages.ts';

export default defineCommand({
  name: 'account ledger',
  summary: 'List the ledger of an account',
  arguments: {
    id: optionalArgument('USER', "User whose account to show; other users' accounts are for administrators. " +
      'Default: your own.', 'id'),
  },
  flags: {
    after: optional('N', wholeNumber(0, Number.MAX_SAFE_INTEGER), 'Only entries with a greater sequence number.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Page size, at most 200. Default: 50.'),
    all: toggle('Fetch all pages.'),
  },
  examples: [['account ledger --all', 'all entries of your own account']],
  async run(context, { args, flags: { after = 0, limit = 50, all } }) {
    const { output, signal } = context;
    const client = context.client();
    const id = args.id ?? (await client.me({}, { signal })).userId;
    const { entries, next } = await pages(after, all, async (position) => {
      const page = await client.listLedger({ params: { id }, query: { after: position, limit } }, { signal });
      return { entries: page.entries, next: page.nextAfter };
    });
    if (output.json) return output.printJson({ entries, nextAfter: next });
    output.print(
      table(
        ['NUMBER', 'AT', 'TYPE', 'CREDITS', 'FROM', 'TO', 'JOB', 'NOTE'],
        entries.map((each) => [
          String(each.sequence),
          each.at,
          each.type,
          String(each.amount),
          each.debit,
          each.credit,
          each.jobId ?? '-',
          plain(each.note ?? ''),
        ]),
      ),
    );
    if (next !== null) output.note(`There are more: --after ${next}, or --all.`);
  },
});

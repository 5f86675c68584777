import { defineCommand, optionalArgument } from '../command.ts';
import { anyText, optional, toggle, wholeNumber } from '../flag.ts';
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
    after: optional('N', wholeNumber(0, Number.MAX_SAFE_INTEGER), 'Only entries that follow the one of this number.'),
    newest: toggle('Newest first.'),
    job: optional('JOB', anyText, 'Only what was moved for this job.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Page size, at most 200. Default: 50.'),
    all: toggle('Fetch all pages.'),
  },
  examples: [
    ['account ledger --all', 'all entries of your own account'],
    ['account ledger mira --newest --limit 10', 'what another account did last'],
  ],
  async run(context, { args, flags: { after = 0, limit = 50, all, newest, job } }) {
    const { output, signal } = context;
    const client = context.client();
    const id = args.id ?? (await client.me({}, { signal })).userId;
    const order = newest ? ({ order: 'desc' } as const) : {};
    const { entries, next } = await pages(after, all, async (position) => {
      const query = { after: position, limit, ...order, ...(job !== undefined && { jobId: job }) };
      const page = await client.listLedger({ params: { id }, query }, { signal });
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

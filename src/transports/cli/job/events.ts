import { defineCommand, jobArgument } from '../command.ts';
import { optional, toggle, wholeNumber } from '../flag.ts';
import { plain, table } from '../output.ts';
import { pages } from '../pages.ts';

export default defineCommand({
  name: 'job events',
  summary: 'List the events of a job',
  arguments: { id: jobArgument },
  flags: {
    after: optional('N', wholeNumber(0, Number.MAX_SAFE_INTEGER), 'Only events with a greater sequence number.'),
    limit: optional('N', wholeNumber(1, 1_000_000), 'Page size, at most 200. Default: 50.'),
    tail: optional('N', wholeNumber(1, 1_000_000), 'Only the newest N.'),
    all: toggle('Fetch all pages.'),
  },
  examples: [
    ['job events 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41 --all', 'all events'],
    ['job events 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41 --tail 20', 'the newest 20'],
  ],
  async run(context, { args: { id }, flags: { after = 0, limit = 50, tail, all } }) {
    const { output, signal } = context;
    const client = context.client();
    const { entries, next } = await pages(after, all, async (position) => {
      // What follows a page is newer than what the tail began with.
      const query = { after: position, limit, ...(tail !== undefined && position === after && { tail }) };
      const page = await client.listJobEvents({ params: { id }, query }, { signal });
      return { entries: page.events, next: page.nextAfter };
    });
    if (output.json) return output.printJson({ events: entries, nextAfter: next });
    output.print(
      table(
        ['NUMBER', 'AT', 'EVENT', 'STATUS', 'ACTOR', 'DATA'],
        entries.map(({ sequence, at, type, status, actor, data }) => [
          String(sequence),
          at,
          type,
          status ?? '-',
          actor,
          plain(JSON.stringify(data)),
        ]),
      ),
    );
    if (next !== null) output.note(`There are more: --after ${next}, or --all.`);
  },
});

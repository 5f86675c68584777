import * as z from 'zod';
import type { SearchDocs } from '../../documentation/search.ts';
import { defineTool, reads, type Tool } from '../tool.ts';

/** `searching` gives the search over the pages that this version ships; asked for when something is looked for. */
export function searchDocsTool(searching: () => Promise<SearchDocs>): Tool {
  return defineTool({
    name: 'search_docs',
    title: 'Search the documentation',
    description:
      'Searches the guides, the pages of error codes, the command reference and the configuration of this version of ' +
      'Waybill, offline. Use it before you write code for Waybill or explain how something is done. Words, not ' +
      'sentences: "dedupe key retry", "webhook signature verify".',
    hints: reads,
    input: z.strictObject({
      query: z.string().min(1).max(300).describe('Words to look for; sections with more and rarer ones come first.'),
      limit: z.int().min(1).max(10).default(5),
    }),
    output: z.object({
      results: z
        .array(z.object({ address: z.string(), title: z.string(), heading: z.string(), excerpt: z.string() }))
        .describe('Sections, best first.'),
    }),
    async run({ query, limit }) {
      const results = (await searching())(query, limit);
      const text = results.map(({ address, title, heading, excerpt }) =>
        `## ${title}${heading === title ? '' : `: ${heading}`} (${address})\n\n${excerpt}`);
      return { data: { results }, text: text.length === 0 ? 'Nothing has these words.' : text.join('\n\n') };
    },
  });
}

import * as z from 'zod';
import { createSearch, type SearchDocs } from '../../documentation/search.ts';
import type { DocsPage } from '../../documentation/sections.ts';
import { defineTool, reads, type Tool } from '../tool.ts';

/** `read` gives the pages that this version ships; they are read when something is first looked for. */
export function searchDocsTool(read: () => Promise<readonly DocsPage[]>): Tool {
  let search: Promise<SearchDocs> | null = null;
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
      search ??= read().then(createSearch).catch((error: unknown) => {
        search = null;
        throw error;
      });
      const results = (await search)(query, limit);
      const text = results.map(({ address, title, heading, excerpt }) =>
        `## ${title}${heading === title ? '' : `: ${heading}`} (${address})\n\n${excerpt}`);
      return { data: { results }, text: text.length === 0 ? 'Nothing has these words.' : text.join('\n\n') };
    },
  });
}

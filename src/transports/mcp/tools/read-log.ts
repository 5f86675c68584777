import * as z from 'zod';
import { jobId } from '../job.ts';
import { lineText, logLine, withinBudget } from '../log.ts';
import { defineTool, reads } from '../tool.ts';

/** Characters of one answer. */
const budget = 20_000;

export const readLog = defineTool({
  name: 'read_log',
  title: 'Read the log of a job',
  description:
    'Without `after`: the newest lines. With `after`: the lines that follow that number (0: from the beginning); ' +
    'send nextAfter to read on. An answer has at most 20,000 characters, and a line 1,000; a note says what was left ' +
    'out.',
  hints: reads,
  input: z.strictObject({
    jobId,
    after: z.int().min(0).exactOptional().describe('Number of the last line that you have.'),
    lines: z.int().min(1).max(500).default(100).describe('How many lines at most.'),
    stream: z.enum(['out', 'err', 'log']).exactOptional().describe(
      'out and err: what a command wrote there. log: what a handler logged.',
    ),
  }),
  output: z.object({
    lines: z.array(logLine),
    nextAfter: z.number().nullable().describe('Send it as `after` to read on; null when there are no more lines now.'),
    note: z.string().nullable().describe('What was left out, and how to read it.'),
  }),
  async run({ jobId: id, after, lines: count, stream }, { client, signal }) {
    const range = after === undefined ? { tail: count } : { after };
    const query = { ...range, limit: count, ...(stream !== undefined && { stream }) };
    const page = await client().jobLogs({ params: { id }, query }, { signal });
    const lines = withinBudget(page.lines, budget, after === undefined ? 'last' : 'first');
    const cut = page.lines.length - lines.length;
    const nextAfter = after !== undefined && cut > 0 ? (lines.at(-1)?.number ?? null) : page.nextAfter;
    const note = noteOf(lines[0]?.number ?? null, after, cut, nextAfter);
    const told = lines.length === 0 ? ['There are no lines.'] : lines.map(lineText);
    return { data: { lines, nextAfter, note }, text: [...told, ...(note === null ? [] : [`(${note})`])].join('\n') };
  },
});

function noteOf(
  first: number | null, after: number | undefined, cut: number, nextAfter: number | null,
): string | null {
  if (first === null) return null;
  if (after !== undefined) {
    return nextAfter === null ? null : `There are more lines: read_log with after ${nextAfter}.`;
  }
  if (first === 1) return null;
  const why = cut > 0 ? `${cut} of the lines asked for did not fit. ` : '';
  return `${why}These are the newest lines, from line ${first} on: read_log with after 0 begins at the first one.`;
}

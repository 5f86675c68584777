import * as z from 'zod';
import type { ToolCall } from '../tool.ts';
import { defineTool, reads } from '../tool.ts';

const number = z.number();

/** With its slots and quotas. */
const account = z.looseObject({
  userId: z.string(), plan: z.string(), credits: number, reserved: number, spent: number, activeJobs: number,
  maxActiveJobs: number,
});

const entry = z.looseObject({
  sequence: number, type: z.string(), amount: number, debit: z.string(), credit: z.string(),
  jobId: z.string().nullable(), at: z.string(),
});

const userId = z.string().min(1).max(128).exactOptional().describe("Another user's, for administrators. Default: you.");

export const getAccount = defineTool({
  name: 'get_account',
  title: 'Show an account',
  description:
    'Credits (available, reserved by running jobs, spent), slots and quotas of an account. Without userId it also ' +
    'tells as whom you are logged in.',
  hints: reads,
  input: z.strictObject({ userId }),
  output: z.object({ account }),
  async run({ userId: id }, { client, signal }) {
    const calls = client();
    const shown = id === undefined ? calls.me({}, { signal }) : calls.showAccount({ params: { id } }, { signal });
    return { data: { account: await shown } };
  },
});

export const listLedger = defineTool({
  name: 'list_ledger',
  title: 'List movements of credits',
  description: 'What moved the credits of an account, newest first unless order is asc; of one job if jobId is given.',
  hints: reads,
  input: z.strictObject({
    userId,
    jobId: z.string().min(1).max(100).exactOptional().describe('Only what was moved for this job.'),
    order: z.enum(['asc', 'desc']).default('desc').describe('asc: oldest first.'),
    limit: z.int().min(1).max(100).default(30).describe('Entries of one page.'),
    after: z.int().min(0).default(0).describe('nextAfter of the previous page.'),
  }),
  output: z.object({ entries: z.array(entry), nextAfter: number.nullable() }),
  async run({ userId: given, ...query }, { client, signal }) {
    const id = given ?? (await ownId({ client, signal }));
    return { data: await client().listLedger({ params: { id }, query }, { signal }) };
  },
});

async function ownId({ client, signal }: Pick<ToolCall, 'client' | 'signal'>): Promise<string> {
  return (await client().me({}, { signal })).userId;
}

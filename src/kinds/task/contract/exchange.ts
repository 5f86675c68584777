import * as z from 'zod';
import { errorCodes } from '../../../contract/errors.ts';
import { count, jobId, time, userId } from '../../../contract/fields.ts';
import { createValueReader, type Read } from '../../../contract/input/reader.ts';
import { readLater } from '../../../contract/input/spelling.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { parseLeaseId } from '../../../domain/lease.ts';
import { inputSchemas, leaseMs, takenTask, types, waitMs, workerId, workLimits } from './work.ts';
import { readCompletion, readReport, reportTypes, type ReadReport, type SentReport } from './work-report.ts';

/*
 * What a worker reports and takes, in one request a round. Of thousands of tasks a second each field costs, so that
 * reports are lists, what has gone as it should is not answered, and what all tasks of an answer share is there once.
 */

const entry = z.tuple([
  jobId.describe('Task'),
  z.int().min(1).describe('its `token`'),
  z.enum(reportTypes),
]).rest(z.unknown().describe('Result of `complete`; the other fields of a `WorkReport` of any other type'));
const { $schema: _, ...documented } = z.toJSONSchema(entry, { io: 'input' });

/** Read later, each by itself: one that is malformed does not spoil the others of its request. */
const sentEntry = z.unknown().meta({ ...documented, id: 'WorkEntry' }).register(readLater, {});

/** A report as a list. */
export type SentEntry = readonly [id: string, token: number, type: SentReport['type'], content?: unknown];

const headOf = createValueReader(z.tuple([z.string().max(64), z.int().min(1), z.string()]), true);

/** A report of `done`, or what is wrong with it. */
export function readEntry(sent: unknown): Read<ReadReport> {
  if (!Array.isArray(sent)) return { ok: false, fields: { it: 'must be a list: [id, token, type, content]' } };
  const [id, token, type, content] = sent as readonly unknown[];
  const leaseId = typeof id === 'string' && typeof token === 'number' ? `${id}.${token}` : '';
  if (parseLeaseId(leaseId) === null || typeof type !== 'string') {
    const head = headOf([id, token, type]);
    return head.ok ? { ok: false, fields: { it: 'must begin with the id and the token of a task' } } : head;
  }
  if (sent.length > 4) return { ok: false, fields: { it: 'must have at most 4 entries: [id, token, type, content]' } };
  if (type === 'complete') return readCompletion(leaseId, content ?? null);
  if (content !== undefined && (typeof content !== 'object' || content === null || Array.isArray(content))) {
    return { ok: false, fields: { it: 'must have an object with the fields of the report as its last entry' } };
  }
  return readReport({ ...content, leaseId, type });
}

/** Of a task that was taken, what others of the same answer do not have, and nothing that is null. */
const exchangedTask = takenTask
  .pick({ id: true, type: true, data: true, attempt: true, maxAttempts: true, createdAt: true, steps: true })
  .extend({
    token: z.int().min(1).describe('Number of the lease: with the id it is the lease id, `<id>.<token>`.'),
    createdById: userId,
    totalItems: count(Number.MAX_SAFE_INTEGER).exactOptional(),
    leasedUntil: time.exactOptional().describe('Where it is not that of the answer.'),
    timeoutAt: time.exactOptional().describe('When the attempt times out.'),
    traceparent: z.string().exactOptional().describe('W3C traceparent of the request that submitted it.'),
  })
  .meta({ id: 'ExchangedJob' });

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const [next, lost] = ['01935a3e-7c1d-7e62-9f10-3b6c5a8d2e42', '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e40'];

export const exchangeTasks = defineRoute({
  name: 'exchangeTasks',
  method: 'POST',
  path: '/api/v1/workers/exchange',
  auth: 'operator',
  tag: 'Workers',
  summary: 'Report on tasks and claim more',
  waits: 'asked',
  description:
    'Does in one request what `report` and `take` do, by the same rules: everything in `done` is stored first, then ' +
    'up to `take` tasks are claimed. What went well is not answered. If you get no answer, send `done` again: what ' +
    'was stored is not stored twice. Set `waitMs` only without `done`, so that you hear at once what became of it.',
  body: z
    .object({
      workerId,
      done: z
        .array(sentEntry)
        .max(workLimits.reports)
        .default([])
        .describe(
          'Reports as lists `[id, token, type, content]`, such as `["…", 2, "complete", {"imported": 7}]`. `content` ' +
            'is the result of `complete`, and may be left out; of other types an object with the fields of the report.',
        ),
      take: count(workLimits.take).default(0).describe('Maximum number of tasks to claim.'),
      types: types.default([]).describe('Required with `take`.'),
      leaseMs,
      waitMs,
      inputSchemas,
    })
    .refine(({ take, types: all }) => take === 0 || all.length > 0, {
      path: ['types'], error: 'must not be empty when you take tasks',
    }),
  answer: z.object({
    refused: z
      .array(z.tuple([count(workLimits.reports - 1), z.enum(errorCodes), z.string()]))
      .describe('The reports that were not stored, as `[index in done, error code, message]`.'),
    calledOff: z
      .array(jobId)
      .describe(
        'Tasks of `done` whose cancellation was requested: stop, and report the end. With a report of the end: the ' +
          'task is canceled now.',
      ),
    tasks: z.array(exchangedTask),
    now: time.describe('The server’s clock, on which the other times are based.'),
    leasedUntil: time.nullable().describe('Until when the tasks are leased to you; null: there are none.'),
  }),
  lenient: true,
  example: {
    body: {
      workerId: 'gpu-3-4711-k2x9',
      done: [
        [id, 2, 'progress', { number: 1, processed: 800, total: 1_200 }],
        [lost, 4, 'complete', { imported: 1_200 }],
      ],
      take: 20,
      types: ['import_voters'],
      leaseMs: 10_000,
    },
    answer: {
      refused: [[1, 'lease_lost', 'The lease is no longer valid: another worker has the job.']],
      calledOff: [],
      tasks: [
        {
          id: next, token: 2, type: 'import_voters', data: { file: 'voters.csv' }, attempt: 1, maxAttempts: 3,
          createdAt: '2026-11-22T09:30:00.000Z', createdById: 'mira', totalItems: 1_200,
        },
      ],
      now: '2026-11-22T09:30:04.000Z',
      leasedUntil: '2026-11-22T09:30:14.000Z',
    },
  },
});

export const exchangeRoutes = table(exchangeTasks);

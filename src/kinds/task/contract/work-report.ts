import * as z from 'zod';
import { count, jobId, line } from '../../../contract/fields.ts';
import { createValueReader, type Read } from '../../../contract/input/reader.ts';
import { readLater } from '../../../contract/input/spelling.ts';
import { isKeptJson } from '../../../contract/input/text.ts';
import type { DeepReadonly } from '../../../contract/route.ts';
import { moment } from '../../../contract/moment.ts';
import { jsonFits } from '../../../contract/sizes.ts';
import { logLevels, maxLineLength } from '../../../domain/log-line.ts';
import { dependencyLimits } from '../../../domain/job/dependencies.ts';
import { stepLimits } from '../domain/decide.ts';

export const workLimits = {
  types: 100,
  typeLength: 100,
  take: 1_000,
  reports: 1_000,
  leases: 1_000,
  logLines: 1_000,
  messageLength: 2_000,
  itemLength: 200,
  codeLength: 100,
  stackLength: 4_000,
  /** Of a result's JSON in UTF-8. */
  resultBytes: 256 * 1024,
  stepNameLength: 100,
  /** A million dollars. */
  costMicroUsd: 1_000_000_000_000,
  retryAfterMs: 30 * 86_400_000,
  /** A year. */
  sleepMs: 366 * 86_400_000,
  /** Of one request. */
  children: 100,
  leaseMs: 600_000,
  minLeaseMs: 1_000,
} as const;

export const leaseId = z.string().min(1).max(200).describe('Identifies one attempt at one task.');
const message = z.string().max(workLimits.messageLength);
const size = count(Number.MAX_SAFE_INTEGER);
const number = count(Number.MAX_SAFE_INTEGER, 1)
  .exactOptional()
  .describe('Increases with every report under this lease; a duplicate with the same number is stored once.');

/** What is known of an error beside its message. */
const error = {
  code: z.string().max(workLimits.codeLength).exactOptional().describe(
    'Machine-readable code, such as `ENOENT` or `23505`.',
  ),
  stack: z
    .string()
    .max(workLimits.stackLength)
    .exactOptional()
    .describe('Stack trace with its causes. Kept for the newest 10 errors of a task.'),
};
const result = z
  .unknown()
  .default(null)
  .refine((value) => jsonFits(value, workLimits.resultBytes), {
    error: `must have at most ${workLimits.resultBytes} bytes of JSON`,
  });
const report = z
  .discriminatedUnion('type', [
    z.object({
      leaseId,
      type: z.literal('complete'),
      result: result.describe('Any JSON of up to 256 KB. Default: null.'),
    }),
    z.object({
      leaseId,
      type: z.literal('fail'),
      message,
      ...error,
      retry: z.boolean().default(true).describe('False if a retry would fail again.'),
      retryAfterMs: count(workLimits.retryAfterMs).nullable().default(null).describe('Null: according to its backoff.'),
    }),
    z.object({ leaseId, type: z.literal('release') }),
    z.object({
      leaseId,
      type: z.literal('suspend'),
      waitsFor: z
        .array(jobId)
        .max(dependencyLimits.dependencies)
        .default([])
        .describe('Ids of tasks that this one has started and that have to end before it goes on.'),
      delayMs: count(workLimits.sleepMs).default(0).describe('It goes on no earlier than in so many milliseconds.'),
    }),
    z.object({ leaseId, type: z.literal('progress'), number, processed: size, total: size.nullable().default(null) }),
    z.object({
      leaseId,
      type: z.literal('error'),
      number,
      item: z.string().max(workLimits.itemLength).nullable().default(null),
      message,
      ...error,
    }),
    z.object({
      leaseId,
      type: z.literal('cost'),
      number,
      microUsd: count(workLimits.costMicroUsd).describe('Cost in micro-dollars; added to the previous total.'),
    }),
    z.object({
      leaseId,
      type: z.literal('step'),
      name: line(workLimits.stepNameLength).describe('Unique within the task.'),
      result: z
        .unknown()
        .default(null)
        .refine((result) => jsonFits(result, workLimits.resultBytes), {
          error: `must have at most ${workLimits.resultBytes} bytes of JSON`,
        })
        .describe(
          'Any JSON. Stored once: if a step of this name is there already, in whichever attempt, it stays as it is. ' +
            `At most ${stepLimits.steps} steps and ${stepLimits.length} characters of JSON for a task.`,
        ),
      tookMs: count(Number.MAX_SAFE_INTEGER)
        .exactOptional()
        .describe('How long it took, by the clock of the worker. Milliseconds; for people.'),
    }),
    z.object({
      leaseId,
      type: z.literal('log'),
      firstLine: count(Number.MAX_SAFE_INTEGER, 1)
        .exactOptional()
        .describe(
          'The number of the first of these lines among all under this lease, from 1; with it, lines that are sent ' +
            'again are stored once, and numbers that you leave out are of lines that you had to drop.',
        ),
      lines: z
        .array(z.object({ at: moment, level: z.enum(logLevels), message: z.string().max(maxLineLength) }))
        .min(1)
        .max(workLimits.logLines),
    }),
  ])
  .meta({
    description:
      '`complete` and `fail` end the attempt; `release` releases the task as if it had not been claimed. `suspend` ' +
      'interrupts the attempt: it goes on later, with any worker, and counts once. The others ' +
      'require a live lease. `step` keeps what a step of the handler gave: later attempts get it with the task.',
  });

/** As programs send it. */
export type SentReport = DeepReadonly<z.input<typeof report>>;
/** As it is read: defaults are filled in, times are milliseconds since 1970. */
export type ReadReport = DeepReadonly<z.output<typeof report>>;

const { $schema: _, ...documented } = z.toJSONSchema(report, { io: 'input' });

/** Read later, each by itself: one that is malformed does not spoil the others of its request. */
export const sentReport = z.unknown().meta({ ...documented, id: 'WorkReport' }).register(readLater, {});

/** A report of such a list, or what is wrong with it. */
export const readReport = createValueReader(report, true);

export const reportTypes = report.options.map(({ shape }) => shape.type.value);

/** As `readReport` reads a `complete`, which nearly all reports are: only what is wrong is looked at by the schema. */
export function readCompletion(leaseId: string, result: unknown): Read<ReadReport> {
  const said = { leaseId, type: 'complete', result } as const;
  const isFit = isKeptJson(result) && jsonFits(result, workLimits.resultBytes);
  return isFit ? { ok: true, value: said } : readReport(said);
}

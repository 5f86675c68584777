import * as z from 'zod';
import { maxCredits } from '../domain/account/decide.ts';
import type { PlanName } from '../domain/account/plans.ts';
import type { Phase } from '../domain/lifecycle.ts';

/** Fields that more than one route has. Nothing from outside is without a limit. */
export const limits = {
  items: 200,
  concepts: 50,
  nameLength: 100,
  fileNameLength: 255,
  valueLength: 200,
  protect: 50,
  outputTemplateLength: 500,
  errorLength: 2_000,
  idempotencyKeyLength: 200,
  objectKeyLength: 1_024,
  noteLength: 500,
  credits: maxCredits,
  pageSize: 200,
  defaultPageSize: 50,
  /** Largest object of one presigned PUT, by S3 and R2: 5 GiB. */
  uploadBytes: 5 * 1024 ** 3,
  queueBatch: 100,
  /** 12 hours, as Cloudflare's queues. */
  visibilityTimeoutMs: 43_200_000,
  waitMs: 30_000,
} as const;

/** The names of a union type, all of them, in this order: the compiler asks for a missing one. */
export function namesOf<T extends string>(names: Readonly<Record<T, true>>): [T, ...T[]] {
  return Object.keys(names) as [T, ...T[]];
}

const printable = /^[^\u0000-\u001f\u007f]*$/;

/** One line of text that people read. */
export function line(max: number, min = 1): z.ZodString {
  return z.string().min(min).max(max).regex(printable, { error: 'must be one line without control characters' });
}

export function count(max: number, min = 0): z.ZodInt {
  return z.int().min(min).max(max);
}

export const probability = z.number().min(0).max(1);

/** ISO 8601 in UTC with milliseconds. */
export const time = z.string().meta({ format: 'date-time', examples: ['2026-11-22T09:30:00.000Z'] });
export const jobId = z.uuid().toLowerCase().describe('UUID of the job: version 7, unless the client chose another.');
/** Ids of several jobs in a query, separated by commas. */
export function jobIds(most: number, about: string) {
  return z
    .string()
    .max(most * 37)
    .transform((text) => [...new Set(text.split(','))])
    .pipe(z.array(jobId).min(1).max(most))
    .describe(about);
}
/** Of a list of jobs: the place of its last one (`domain/job/id.ts`). */
export const jobCursor = z
  .string()
  .toLowerCase()
  .regex(/^([0-9a-f]{8}-[0-9a-f]{4}:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, {
    error: 'must be the `nextCursor` of a page',
  })
  .describe('`nextCursor` of the previous page.');
export const ruleId = z.uuid().toLowerCase().describe('UUIDv7 of the rule.');
export const tokenId = z.uuid().toLowerCase().describe('UUIDv7 of the token.');

/** Becomes part of object keys: no slash, no control character, no dot segment. */
export const userId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._@:|+=~-]+$/, { error: 'must have only letters, digits and . _ @ : | + = ~ -' })
  .describe('User id, which is also the id of the account that pays.');

/** ASCII alone, so that there is no doubt which two are the same. */
export const email = z
  .string()
  .max(254)
  .regex(/^[!-?A-~]{1,64}@[A-Za-z0-9.-]+$/, { error: 'must be an email address in ASCII' })
  .describe('Case-insensitive.');

export const phase = z.enum(
  namesOf<Phase>({ waiting: true, active: true, succeeded: true, failed: true, canceled: true }),
);
export const plan = z.enum(namesOf<PlanName>({ free: true, pro: true }));
/** `user`: own jobs and account. `operator`: what runs things. `admin`: everything, everybody's. */
export const role = z.enum(['user', 'operator', 'admin']);

/** Of a page. More than the maximum is taken as the maximum, so that nobody has to know it. */
export function pageLimit(max: number, entries = 'Entries') {
  const cut = z.number().overwrite((limit) => Math.min(limit, max));
  return cut.int().min(1).describe(`${entries} of one page; more than ${max} is taken as ${max}.`);
}

export const pageSize = pageLimit(limits.pageSize).default(limits.defaultPageSize);
export const after = count(Number.MAX_SAFE_INTEGER)
  .default(0)
  .describe('Return entries with a greater sequence number: `nextAfter` of the previous page.');
export const nextAfter = count(Number.MAX_SAFE_INTEGER)
  .nullable()
  .describe('Send it as `after` to get the next page; null on the last page.');

export const progress = z
  .object({ done: count(limits.items), failed: count(limits.items), total: count(limits.items) })
  .meta({ id: 'Progress', description: 'Items by outcome.' });

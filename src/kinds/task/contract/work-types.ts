import * as z from 'zod';
import { count, time } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { searchKey, searchLimits } from '../domain/search-keys.ts';
import { schemaProblem } from './data-schema.ts';
import { backoff, maxAttempts, taskType, timeout } from './task-fields.ts';

/** What holds for all tasks of one type together, and for those that do not say it themselves. */

const rate = z
  .object({
    count: count(1_000_000, 1).describe('Number of starts'),
    windowMs: count(86_400_000, 100).describe('within any window of this many milliseconds.'),
  })
  .meta({ id: 'RateLimit' });

const maxRunning = count(1_000_000, 1)
  .nullable()
  .describe('Maximum number that run at once; null: no limit.');
const maxRunningPerKey = count(1_000_000, 1).describe(
  'Maximum number with the same concurrency key that run at once. Default: 1.',
);

const workLimits = z.object({
  maxRunning,
  maxRunningPerKey,
  rate: rate.nullable().describe('Maximum rate of starts; null: no limit.'),
  ratePerKey: rate.nullable().describe('Maximum rate of starts with the same concurrency key; null: no limit.'),
});

const defaults = z.object({ maxAttempts, backoff, timeout });

const searchable = z
  .array(z.string().regex(searchKey, {
    error: 'must be a key of the data, or several with dots between, such as customer.id, of at most 63 characters',
  }))
  .max(searchLimits.keys)
  .refine((keys) => new Set(keys).size === keys.length, { error: 'must not repeat a key' })
  .describe(
    'Keys of `data` that lists find new tasks by, at most 8: what they lead to becomes a label, if it is a line of ' +
      'text, a number, true or false.',
  );

const inputSchema = z
  .record(z.string(), z.unknown())
  .superRefine((schema, { addIssue }) => {
    const problem = schemaProblem(schema);
    if (problem !== null) addIssue({ code: 'custom', message: problem });
  })
  .nullable()
  .describe(
    'JSON Schema (draft 2020-12, up to 64 KB) that the data of new tasks is checked by: what does not fit is refused ' +
      'with its fields. Workers of typed tasks set it when they start. Null: any data.',
  );

const workType = z
  .object({
    type: taskType,
    limits: workLimits.describe('Never exceeded, across all servers and workers.'),
    defaults: defaults.describe('For tasks that do not set them.'),
    searchable,
    paused: z.boolean().describe('While paused, no task of the type starts; running tasks continue.'),
    updatedAt: time.nullable().describe('Null: nothing was set, and these are the defaults of every type.'),
  })
  .meta({ id: 'WorkType' });

const wholeType = workType
  .extend({
    inputSchema: z.record(z.string(), z.unknown()).nullable().describe(
      'JSON Schema that the data of new tasks is checked by; null: any data.',
    ),
  })
  .meta({ id: 'WholeWorkType' });

const byType = z.object({ type: taskType });
const params = { type: 'import_voters' };
const example = {
  type: 'import_voters',
  limits: { maxRunning: 8, maxRunningPerKey: 1, rate: { count: 100, windowMs: 60_000 }, ratePerKey: null },
  defaults: { maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 3_600_000 }, timeout: 900_000 },
  searchable: ['county'],
  paused: false,
  updatedAt: '2026-11-22T09:00:00.000Z',
} as const;
const wholeExample = {
  ...example, inputSchema: { type: 'object', properties: { file: { type: 'string' } }, required: ['file'] },
} as const;

export const listWorkTypes = defineRoute({
  name: 'listWorkTypes',
  method: 'GET',
  path: '/api/v1/types',
  auth: 'user',
  tag: 'Tasks',
  summary: 'List type settings',
  description: 'Types for which something was set, by name.',
  answer: z.object({ types: z.array(workType) }),
  example: { answer: { types: [example] } },
});

export const getWorkType = defineRoute({
  name: 'getWorkType',
  method: 'GET',
  path: '/api/v1/types/:type',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Show type settings',
  params: byType,
  answer: wholeType,
  example: { params, answer: wholeExample },
});

export const putWorkType = defineRoute({
  name: 'putWorkType',
  method: 'PUT',
  path: '/api/v1/types/:type',
  auth: 'operator',
  tag: 'Tasks',
  summary: 'Update type settings',
  description:
    'Limits and defaults of a type. Fields that are left out do not change. Limits apply to tasks that start from ' +
    'now on, defaults, `searchable` and `inputSchema` to new tasks.',
  params: byType,
  body: z.object({
    limits: z
      .object({
        maxRunning: maxRunning.exactOptional(),
        maxRunningPerKey: maxRunningPerKey.exactOptional(),
        rate: rate.nullable().exactOptional(),
        ratePerKey: rate.nullable().exactOptional(),
      })
      .exactOptional(),
    defaults: z
      .object({
        maxAttempts: maxAttempts.exactOptional(),
        backoff: backoff.exactOptional(),
        timeout: timeout.exactOptional(),
      })
      .exactOptional(),
    searchable: searchable.exactOptional(),
    inputSchema: inputSchema.exactOptional(),
  }),
  answer: wholeType,
  errors: ['conflict'],
  example: {
    params,
    body: {
      limits: { maxRunning: 8, rate: { count: 100, windowMs: 60_000 } }, defaults: { timeout: 900_000 },
      searchable: ['county'],
    },
    answer: wholeExample,
  },
});

export const pauseWorkType = defineRoute({
  name: 'pauseWorkType',
  method: 'POST',
  path: '/api/v1/types/:type/pause',
  auth: 'operator',
  tag: 'Tasks',
  summary: 'Pause a type',
  description: 'No task of the type starts on any server until it is resumed. Running tasks continue.',
  params: byType,
  answer: wholeType,
  example: { params, answer: { ...wholeExample, paused: true } },
});

export const resumeWorkType = defineRoute({
  name: 'resumeWorkType',
  method: 'POST',
  path: '/api/v1/types/:type/resume',
  auth: 'operator',
  tag: 'Tasks',
  summary: 'Resume a type',
  params: byType,
  answer: wholeType,
  example: { params, answer: wholeExample },
});

export const workTypeRoutes = table(listWorkTypes, getWorkType, putWorkType, pauseWorkType, resumeWorkType);

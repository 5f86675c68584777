import * as z from 'zod';
import { logLevels, logStreams } from '../domain/log-line.ts';
import { after, count, jobId, nextAfter, pageLimit, time } from './fields.ts';
import { defineRoute, table } from './route.ts';
import { maxTail } from './sizes.ts';

const params = { id: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41' };
const number = count(Number.MAX_SAFE_INTEGER, 1);
/** Lines of one page, at most. */
export const pageLines = 1_000;

const line = z
  .object({
    number: number.describe('Within the job, from 1; never used again.'),
    at: time.describe('When it was written, by the clock of its writer.'),
    stream: z.enum(logStreams).describe('`out` and `err`: what a command wrote there. `log`: what a handler logged.'),
    level: z.enum(logLevels).exactOptional(),
    attempt: count(1_000_000),
    text: z.string().describe('At most 16,384 characters; a longer line is truncated, with a note at its end.'),
  })
  .meta({ id: 'LogLine' });

const range = z
  .object({ from: number, to: number })
  .meta({ id: 'LogLineRange', description: 'Numbers of lines, both inclusive.' });

const dropped = 'No lines have these numbers: the writer had to drop them, or they have been deleted.';
const stream = z.enum(logStreams).exactOptional().describe('Only lines of this stream.');
const tail = count(maxTail, 1).exactOptional();

const exampleLine = {
  number: 1, at: '2026-11-22T09:30:00.250Z', stream: 'log', level: 'info', attempt: 1, text: '1200 rows',
} as const;

export const jobLogs = defineRoute({
  name: 'jobLogs',
  method: 'GET',
  path: '/api/jobs/:id/logs',
  auth: 'user',
  tag: 'Jobs',
  summary: 'Read the log of a job',
  description:
    'The log of all attempts, oldest lines first. How many of the newest lines are kept depends on the kind. ' +
    'Not on Cloudflare.',
  params: z.object({ id: jobId }),
  query: z.object({
    after: after.describe('Only lines with a greater number.'),
    limit: pageLimit(pageLines, 'Lines').default(100),
    tail: tail.describe('Only the newest so many lines, counted over all streams.'),
    stream,
  }),
  answer: z.object({
    lines: z.array(line),
    dropped: z.array(range).describe(dropped),
    nextAfter: nextAfter.describe(
      'The `after` of the next page; null if there are no more lines yet. A page ends early at 1 MiB, or where few ' +
        'lines belong to the stream.',
    ),
    lastLine: count(Number.MAX_SAFE_INTEGER).describe('The greatest number of a line so far.'),
  }),
  example: {
    params,
    query: { after: 0, limit: 100 },
    answer: { lines: [exampleLine], dropped: [], nextAfter: null, lastLine: 1 },
  },
});

export const followJobLogs = defineRoute({
  name: 'followJobLogs',
  method: 'GET',
  path: '/api/jobs/:id/logs/stream',
  auth: 'user',
  tag: 'Jobs',
  summary: 'Follow the log of a job',
  description:
    'Server-Sent Events: the stored lines, then each new line. The `id` of a `line` event is the line’s number, so ' +
    '`EventSource` resumes by itself after a disconnect. `end` follows when the job has ended and all lines were ' +
    'sent. If a client reads so slowly that lines are deleted before it gets to them, `dropped` lists their numbers, ' +
    'and the stream continues. At most 100 streams per user. Not on Cloudflare.',
  params: z.object({ id: jobId }),
  query: z.object({
    after: after.describe('Only lines with a greater number.'),
    tail: tail.describe('Start with the newest so many lines; ignored with Last-Event-ID.'),
    stream,
  }),
  stream: true,
  answer: z.discriminatedUnion('type', [
    line.extend({ type: z.literal('line') }).meta({ id: 'LoggedLine' }),
    range.extend({ type: z.literal('dropped') }).meta({ id: 'DroppedLines', description: dropped }),
    z
      .object({ type: z.literal('end'), lastLine: count(Number.MAX_SAFE_INTEGER) })
      .meta({ id: 'LogEnd', description: 'The job has ended, and all of its lines were sent.' }),
  ]),
  example: { params, query: { tail: 10 }, answer: { type: 'line', ...exampleLine } },
});

export const jobLogFile = defineRoute({
  name: 'jobLogFile',
  method: 'GET',
  path: '/api/jobs/:id/logs/file',
  auth: 'user',
  tag: 'Jobs',
  summary: 'Download the log of a job',
  description:
    'All lines stored when the download begins, as NDJSON: one line each, in the form of the pages. Compressed with ' +
    'gzip for clients that accept it. Not on Cloudflare.',
  params: z.object({ id: jobId }),
  media: 'application/x-ndjson',
  answer: line,
  example: { params, answer: exampleLine },
});

export const jobLogObject = defineRoute({
  name: 'jobLogObject',
  method: 'GET',
  path: '/api/jobs/:id/logs/object',
  auth: 'operator',
  tag: 'Jobs',
  summary: 'Show where the log of a job is stored',
  description:
    'Of a job that has ended. 503 for the moment in which its log is being stored, 400 before its end, 404 where ' +
    'nothing was logged, or so little that it has no file of its own. Not on Cloudflare.',
  params: z.object({ id: jobId }),
  answer: z.object({
    jobId,
    storageUri: z.string().describe('`file://…` or `s3://…`.'),
    sizeBytes: count(Number.MAX_SAFE_INTEGER),
    entryCount: count(Number.MAX_SAFE_INTEGER).describe('Lines in it.'),
    downloadUrl: z.string().describe('Presigned: NDJSON as several gzip members, as `gunzip` reads them.'),
    expiresAt: time.describe('When `downloadUrl` ends.'),
  }),
  errors: ['invalid_state'],
  example: {
    params,
    answer: {
      jobId: params.id,
      storageUri: `s3://waybill/logs/mira/${params.id}/01935a3f-1a2b-7c3d-8e4f-5a6b7c8d9e0f.ndjson.gz`,
      sizeBytes: 48_210,
      entryCount: 1_200,
      downloadUrl: 'https://s3.example/waybill/logs/mira/01935a3f-1a2b-7c3d-8e4f-5a6b7c8d9e0f.ndjson.gz',
      expiresAt: '2026-11-22T10:30:00.000Z',
    },
  },
});

export const logRoutes = table(jobLogs, followJobLogs, jobLogFile, jobLogObject);

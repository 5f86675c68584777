import * as z from 'zod';
import type { ClientOf } from '../../../client/index.ts';
import { ApiError } from '../../../client/index.ts';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import { jobId, jobSentence, listedJob } from '../job.ts';
import { lineText, logLine, withinBudget } from '../log.ts';
import { problemsIn } from '../problems.ts';
import { shortenObject } from '../shorten.ts';
import { defineTool, reads } from '../tool.ts';

/** Of the log, lines and characters; of the events, how many. */
const newest = { lines: 30, characters: 6_000, events: 15, eventCharacters: 6_000 };
/** Events are read from the first one on: so many pages of 200. */
const eventPages = 10;

const event = z.object({
  sequence: z.number(), at: z.string(), type: z.string(), status: z.string().nullable(), actor: z.string(),
  data: z.record(z.string(), z.unknown()),
});

export const explainFailure = defineTool({
  name: 'explain_failure',
  title: 'Explain why a job failed or waits',
  description:
    'In one call: the state of a job, its errors with where they are, why it was ended or what it waits for, the ' +
    'newest lines of its log and its newest events. Start here when somebody asks why a job failed or does not start.',
  hints: reads,
  input: z.strictObject({ jobId }),
  output: z.object({
    summary: z.string(),
    job: listedJob,
    errors: z.array(z.object({ where: z.string(), what: z.unknown() })).describe('Newest last.'),
    log: z.array(logLine).describe('The newest lines.'),
    events: z.array(event).describe('The newest events.'),
  }),
  async run({ jobId: id }, { client, signal }) {
    const calls = client();
    const view = await calls.getJob({ params: { id } }, { signal });
    const [log, events, sagas, reason] = await Promise.all([
      unlessMissing(calls.jobLogs({ params: { id }, query: { tail: newest.lines, limit: newest.lines } }, { signal })),
      newestEvents(calls, id, signal),
      unlessMissing(calls.listJobSagas({ params: { id } }, { signal })),
      view.endedAt === null ? null : unlessMissing(calls.getHistory({ params: { id } }, { signal })),
    ]);
    const failed = (sagas?.sagas ?? []).flatMap(({ type, failure }) => (failure === null ? [] : [{ type, failure }]));
    const errors = [
      ...failed.map(({ type, failure }) => ({ where: `saga ${type}`, what: failure })),
      ...problemsIn(view),
      ...(reason?.job.error ? [{ where: 'history', what: reason.job.error }] : []),
    ];
    const lines = withinBudget(log?.lines ?? [], newest.characters, 'last');
    const summary = `${jobSentence(view)}. ${verdict(view, errors)}`;
    const text = [
      summary,
      ...errors.map(({ where, what }) => `Error at ${where}: ${JSON.stringify(what)}`),
      lines.length === 0 ? 'Its log is empty.' : 'The newest lines of its log:',
      ...lines.map(lineText),
      'Its newest events:',
      ...events.map(({ sequence, at, type, status, actor, data }) =>
        `${sequence} ${at} ${type} ${status ?? '-'} by ${actor} ${JSON.stringify(data)}`),
    ].join('\n');
    return { data: { summary, job: view, errors, log: lines, events }, text };
  },
});

function verdict(view: object & { readonly phase: string }, errors: readonly unknown[]): string {
  const { waitingFor } = view as { waitingFor?: { readonly message?: unknown } | null };
  if (view.phase === 'succeeded') return 'It did not fail.';
  if (view.phase === 'canceled') return 'It was canceled.';
  if (view.phase === 'failed') return errors.length > 0 ? 'It failed.' : 'It failed and left no error of its own.';
  if (typeof waitingFor?.message === 'string') return `It has not started: ${waitingFor.message}`;
  return `It has not ended; there were ${errors.length > 0 ? 'errors before' : 'no errors so far'}.`;
}

type Event = z.input<typeof event>;

async function newestEvents(calls: ClientOf<CoreRoutes>, id: string, signal: AbortSignal): Promise<Event[]> {
  let events: Event[] = [];
  let after: number | null = 0;
  for (let page = 0; page < eventPages && after !== null; page += 1) {
    const read: { events: readonly object[]; nextAfter: number | null } =
      await calls.listJobEvents({ params: { id }, query: { after, limit: 200 } }, { signal });
    events = [...events, ...read.events as Event[]].slice(-newest.events);
    after = read.nextAfter;
  }
  const limit = Math.floor(newest.eventCharacters / newest.events);
  return events.map((each) => ({ ...each, data: shortenObject(each.data, limit) }));
}

/** What this server or this job has not. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    throw error;
  }
}

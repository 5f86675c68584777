import * as z from 'zod';
import type { ClientOf } from '../../../client/index.ts';
import { ApiError } from '../../../client/index.ts';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import { jobId, jobSentence, listedJob } from '../job.ts';
import { lineText, logLine, withinBudget } from '../log.ts';
import { problemsIn } from '../problems.ts';
import { shortenObject } from '../shorten.ts';
import { defineTool, reads } from '../tool.ts';

/** Of the log, lines and characters; of the events, how many are read, and shown. */
const newest = { lines: 30, characters: 6_000, readEvents: 200, events: 15, eventCharacters: 6_000 };
/** Of one type, which leave the job's status as it is, are shown. */
const sameType = 3;

const event = z.object({
  sequence: z.number(), at: z.string(), type: z.string(), status: z.string().nullable(), actor: z.string(),
  data: z.record(z.string(), z.unknown()),
});

export const explainFailure = defineTool({
  name: 'explain_failure',
  title: 'Explain why a job failed or waits',
  description:
    'In one call: the state of a job, its errors with where they are, why it was ended or what it waits for, the ' +
    'newest lines of its log and events. Start here when somebody asks why a job failed or does not start.',
  hints: reads,
  input: z.strictObject({ jobId }),
  output: z.object({
    summary: z.string(),
    job: listedJob,
    errors: z.array(z.object({ where: z.string(), what: z.unknown() })).describe('Newest last.'),
    log: z.array(logLine).describe('The newest lines.'),
    events: z.array(event).describe('The newest; of many of the same type, the last.'),
  }),
  async run({ jobId: id }, { client, signal }) {
    const calls = client();
    const view = await calls.getJob({ params: { id } }, { signal });
    const [log, events, sagas, reason] = await Promise.all([
      unlessMissing(calls.jobLogs({ params: { id }, query: { tail: newest.lines, limit: newest.lines } }, { signal })),
      telling(calls, id, signal),
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
      'Events, the newest last:',
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

/** Of the newest events those that say most: hundreds of reports of progress would hide how it came to that. */
async function telling(calls: ClientOf<CoreRoutes>, id: string, signal: AbortSignal): Promise<Event[]> {
  let read: Event[] = [];
  let after: number | null = 0;
  // One page, but for events so large that it ends early.
  while (after !== null && read.length < newest.readEvents) {
    const query = after === 0 ? { tail: newest.readEvents, limit: newest.readEvents } : { after, limit: 200 };
    const page: { events: readonly object[]; nextAfter: number | null } =
      await calls.listJobEvents({ params: { id }, query }, { signal });
    read = [...read, ...page.events as Event[]];
    after = page.nextAfter;
  }
  const ofType = new Map<string, number>();
  const events = read.reverse().filter(({ type, status }) => {
    const later = ofType.get(type) ?? 0;
    ofType.set(type, later + 1);
    return status !== null || later < sameType;
  }).slice(0, newest.events).reverse();
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

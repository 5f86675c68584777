import type { Job, JobBirth, JobEvent, RecordedEvent } from '../../domain/job/job.ts';
import type { JobChange } from './commit.ts';
import { joinJson } from './json-parts.ts';

/*
 * Stores keep the events of one commit in one row, a line for each, and with each job the numbers of the rows that have
 * events of it. A row and its index entries cost a store more than the text of a hundred events.
 *
 * A key says which event of which job its line is: `<sequence> <job id>`. A line is JSON, which has no line breaks of
 * its own. Where a job was forgotten, its keys and its lines are empty.
 *
 * The first event of a job brings its input, which the job's own row has too and never changes: it is stored there
 * alone, and added to the event that is read. So an input of a megabyte is written once, not twice.
 */

export interface EventBatch {
  readonly count: number;
  /** One for each event, in the order of the lines, with a line break between two. */
  readonly keys: string;
  readonly lines: string;
}

/** What a line says, as JSON. */
interface EventLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly actor: string;
  /** The correlation id, where the job's kind says which one it is, and it is not the job's own id. */
  readonly correlation?: string;
  /** Else that of the request, unless that is the job's own id too. */
  readonly request?: string;
  /** Without the input of the first event of a job: see `readLine`. */
  readonly body: JobEvent;
}

/** The events of a commit, in their order; `jobs` are those of the same commit. */
export function packEvents(events: readonly RecordedEvent[], jobs: readonly JobChange[]): EventBatch {
  let born: ReadonlyMap<string, Job> | null = null;
  let keys = '';
  let lines = '';
  for (const { jobId, sequence, occurredAt: at, actor, correlationId, body } of events) {
    let written: JobEvent = body;
    if (sequence === 1 && 'input' in body) {
      born ??= new Map(jobs.flatMap(({ job, before }) => (before === null ? [[job.id, job] as const] : [])));
      const { input, ...rest } = body;
      if (input !== null && born.get(jobId)?.input === input) written = rest;
    }
    const line: EventLine = { at, actor, ...namedBy(correlationId, jobId, body), body: written };
    const between = keys === '' ? '' : '\n';
    keys += `${between}${sequence} ${jobId}`;
    lines += `${between}${JSON.stringify(line)}`;
  }
  return { count: events.length, keys, lines };
}

function namedBy(correlationId: string, jobId: string, body: JobEvent): Pick<EventLine, 'correlation' | 'request'> {
  if (correlationId === jobId) return {};
  return isDeclared(body) ? { correlation: correlationId } : { request: correlationId };
}

/** Whether the kind says what the correlation id of the event is: the request's is in its body then. */
function isDeclared(body: JobEvent): boolean {
  return 'requestId' in body;
}

/** The jobs that events are found by their correlation id with, other than their own. */
export function correlatedJobs(events: readonly RecordedEvent[]): readonly CorrelatedJob[] {
  const found = new Map<string, CorrelatedJob>();
  for (const { jobId, correlationId, body } of events) {
    if (correlationId === jobId || !isDeclared(body)) continue;
    found.set(`${correlationId}\n${jobId}`, { correlationId, jobId });
  }
  return [...found.values()];
}

export interface CorrelatedJob {
  readonly correlationId: string;
  readonly jobId: string;
}

/** The event of a line. `input` and `inputLarge` are the job's, for its first event; null for any other. */
export function readLine(
  { jobId, kind, sequence }: Pick<RecordedEvent, 'jobId' | 'kind' | 'sequence'>,
  line: string,
  input: string | null,
  inputLarge: string | null,
): RecordedEvent {
  const { at, actor, request = jobId, correlation = request, body } = JSON.parse(line) as EventLine;
  return { jobId, kind, sequence, occurredAt: at, actor, correlationId: correlation, body: withInput(body) };

  function withInput(said: JobEvent): JobEvent {
    if (input === null || 'input' in said) return said;
    const whole: JobBirth = { ...(said as JobBirth), input: joinJson(input, inputLarge) };
    return whole;
  }
}

/** Of an event's key. */
export function readKey(key: string): { readonly jobId: string; readonly sequence: number } {
  const space = key.indexOf(' ');
  return { sequence: Number(key.slice(0, space)), jobId: key.slice(space + 1) };
}

/** An event's line, with what its key says. */
export interface KeyedLine {
  readonly jobId: string;
  readonly sequence: number;
  readonly line: string;
  /** From 1. */
  readonly place: number;
}

/** Of the events that were not forgotten. */
export function* keyedLines({ keys, lines }: Pick<EventBatch, 'keys' | 'lines'>): Generator<KeyedLine> {
  const written = lines.split('\n');
  for (const [at, key] of keys.split('\n').entries()) {
    if (key !== '') yield { ...readKey(key), line: written[at]!, place: at + 1 };
  }
}

/** So many numbers of batches are kept in a job's own row; then they are moved together to rows beside it. */
export const batchesInRow = 32;

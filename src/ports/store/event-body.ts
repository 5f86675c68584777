import type { Job, JobBirth, JobEvent, RecordedEvent } from '../../domain/job/job.ts';
import type { JobChange } from './commit.ts';
import { joinJson } from './json-parts.ts';

/*
 * An event's body as stores keep it. The first event of a job brings its input, which the job's own row has too and
 * never changes: it is stored there alone, and added to the event that is read. So an input of a megabyte is written
 * once, not twice.
 */

/** Gives the JSON to be stored of each event of a commit. */
export function writtenBodies(jobs: readonly JobChange[]): (event: RecordedEvent) => string {
  let born: ReadonlyMap<string, Job> | null = null;
  return ({ jobId, sequence, body }) => {
    if (sequence === 1 && 'input' in body) {
      born ??= new Map(jobs.flatMap(({ job, before }) => (before === null ? [[job.id, job] as const] : [])));
      const { input, ...rest } = body;
      if (input !== null && born.get(jobId)?.input === input) return JSON.stringify(rest);
    }
    return JSON.stringify(body);
  };
}

/** `input`, `inputLarge`: of the job, for its first event; null for any other. */
export function readBody(stored: string, input: string | null, inputLarge: string | null): JobEvent {
  const body = JSON.parse(stored) as JobEvent;
  if (input === null || 'input' in body) return body;
  const whole: JobBirth = { ...(body as JobBirth), input: joinJson(input, inputLarge) };
  return whole;
}

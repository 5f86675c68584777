import * as z from 'zod';
import type { RecordedEvent } from '../domain/job/job.ts';
import { count, time } from './fields.ts';
import type { DeepReadonly } from './route.ts';
import { iso } from './times.ts';

/** What happened to a job of any kind. */
export const jobEvent = z.object({
  sequence: count(Number.MAX_SAFE_INTEGER, 1).describe("1 for the job's first event, without gaps."),
  type: z.string().describe('Past tense: `JobCreated`.'),
  status: z.string().nullable().describe('The new status of the job; null if it did not change.'),
  at: time,
  actor: z.string().describe('Who caused it: a user id, `worker` or `system`.'),
  correlationId: z.string().describe('The same for everything that one request caused.'),
  data: z.record(z.string(), z.unknown()).describe('Payload, depending on the type.'),
});

export type JobEventView = DeepReadonly<z.output<typeof jobEvent>>;

/** The rest of an event, as people are shown it: without the lease of the worker who reported it. */
export function shownData(body: RecordedEvent['body']): object {
  const { type: _, state: __, deadlineAt: ___, lease: ____, keepsLease: _____, ...rest } = body;
  return rest;
}

export function jobEventView({ sequence, occurredAt, actor, correlationId, body }: RecordedEvent): JobEventView {
  const { type, state, deadlineAt } = body;
  const deadline = deadlineAt === undefined ? {} : { deadlineAt: deadlineAt === null ? null : iso(deadlineAt) };
  return {
    sequence,
    type,
    status: state ?? null,
    at: iso(occurredAt),
    actor,
    correlationId,
    data: { ...shownData(body), ...deadline },
  };
}

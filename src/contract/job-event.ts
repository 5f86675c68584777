import * as z from 'zod';
import { count, time } from './fields.ts';

/** What happened to a job of any kind. */
export const jobEvent = z.object({
  sequence: count(Number.MAX_SAFE_INTEGER, 1).describe("1 for the job's first event, without gaps."),
  type: z.string().describe('Past tense: `UploadConfirmed`.'),
  status: z.string().nullable().describe('The status that the job entered; null when it stayed.'),
  at: time,
  actor: z.string().describe('Who said so: a user, `worker`, `system`.'),
  correlationId: z.string().describe('Ties together what one request caused.'),
  data: z.record(z.string(), z.unknown()).describe('What else the event says, by its type.'),
});

import * as z from 'zod';
import type { ScheduledContract } from '../../../contract/schedules.ts';
import { scheduledCommandFields } from './new-command.ts';

/** The job takes the schedule's name, and the tick determines when it runs. */
export const scheduledCommands = {
  kind: 'command',
  job: z.object(scheduledCommandFields),
  example: { job: { command: 'pg_dump "$DATABASE_URL" > dump.sql', outputs: ['dump.sql'] } },
} as const satisfies ScheduledContract;

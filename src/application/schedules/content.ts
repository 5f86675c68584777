import type { StoredSchedule } from '../../ports/store/schedule-store.ts';

/** What is submitted at each tick: plain JSON, as the contract of its kind has it. */
export type ScheduledJob = Readonly<Record<string, unknown>> & {
  /** The type of work within the kind, if the kind has types. */
  readonly type?: string;
  /** The URL of the webhook for the job's end. */
  readonly webhookUrl?: string | null;
};

/** What is kept in `StoredSchedule.template`. */
export interface ScheduleContent {
  readonly job: ScheduledJob;
  /** Fingerprint of the request that made it, when that came with an Idempotency-Key. */
  readonly createdBy: string | null;
}

export function contentOf({ template }: Pick<StoredSchedule, 'template'>): ScheduleContent {
  return template as ScheduleContent;
}

/** What people say of a schedule. */
export interface ScheduleInput extends Pick<
  StoredSchedule, 'name' | 'cron' | 'timeZone' | 'kind' | 'missed' | 'enabled'
> {
  readonly job: ScheduledJob;
}

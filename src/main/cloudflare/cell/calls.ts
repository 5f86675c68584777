import type { Audit, AuditTrail } from '../../../application/audit/audit.ts';
import type { AuditNote, NoteOutcome } from '../../../application/audit/note.ts';
import type { Events } from '../../../application/events/events.ts';
import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { FollowedLog } from '../../../application/logs/follow-log.ts';
import type { Logs } from '../../../application/logs/logs.ts';
import type { Schedules } from '../../../application/schedules/schedules.ts';
import type { TypeTimes } from '../../../application/times/times.ts';
import type { Webhooks } from '../../../application/webhooks/webhooks.ts';
import type { Workers } from '../../../application/work/workers.ts';
import type { Result } from '../../../domain/errors.ts';
import type { WebhookStore } from '../../../ports/store/webhook-store.ts';
import type { HandedOver } from '../../outreach.ts';
import type { ProductImages } from '../../../kinds/product-image/application/application.ts';
import type { ImageIntake } from '../../../kinds/product-image/application/intake.ts';
import type { ImageThemes } from '../../../kinds/product-image/application/themes.ts';
import type { TaskApplication } from '../../../kinds/task/application/application.ts';

/** The use cases of a cell, by the parts in which the Worker asks for them. */
export interface CellParts extends Partial<ProductImageParts> {
  readonly tasks: TaskApplication['tasks'];
  readonly work: TaskApplication['work'];
  readonly workTypes: TaskApplication['workTypes'];
  readonly jobs: Jobs;
  readonly workers: Workers;
  readonly schedules: Schedules & SchedulesOfOwner;
  readonly webhooks: Webhooks;
  readonly secrets: WebhookSecrets;
  readonly deliveries: HandedOver;
  readonly events: Events;
  readonly logs: CellLogs;
  readonly audit: Audit;
  readonly auditTrail: AuditEntries;
  readonly typeTimes: TypeTimes;
  readonly store: { check(): Promise<void>; outboxSize(): Promise<number> };
}

/** Of the first cell, where they are set up. Pixels are not worked on here, and signatures are checked before. */
export interface ProductImageParts {
  readonly productImages: Omit<ProductImages, 'derivatives'>;
  readonly imageIntake: Pick<ImageIntake, 'receive'>;
  readonly imageThemes: Omit<ImageThemes, 'preview'>;
}

/** A log is followed as its lines are: what views make of them is the Worker's. */
export interface CellLogs extends Omit<Logs, 'follow'> {
  follow(
    context: RequestContext, jobId: string, options: Parameters<Logs['follow']>[2],
  ): Promise<Result<AsyncIterable<readonly FollowedLog[]> | null>>;
}

/** What webhooks are signed with: the first cell keeps them for all. */
export type WebhookSecrets = Pick<WebhookStore, 'secrets' | 'addSecret'>;

export interface SchedulesOfOwner {
  /** Disables all of one owner. Answers how many were enabled. */
  disableAll(context: RequestContext, ownerId: string): Promise<Result<number>>;
}

/** What the Worker has noted of a request is stored in a cell. */
export interface AuditEntries {
  store(entry: Parameters<AuditTrail['finish']>[0]['entry']): Promise<void>;
}

/** A use case that is asked for. Its arguments are copied: plain data only. */
export interface Question {
  readonly part: keyof CellParts;
  readonly use: string;
  readonly args: readonly unknown[];
  /** Which of the arguments had a `signal`, and the key by which `abort` names it; null: none had. */
  readonly signal: { readonly at: number; readonly key: string } | null;
  /** Of the request whose context is the first argument, what the audit is to note; null: nothing. */
  readonly audit: AuditNote['begun'] | null;
}

/**
 * What a cell answers. `stream`: the use case was answered with groups of something that go on, a line of JSON each.
 * An error that is thrown across objects loses its type, so that what should never happen is said too.
 */
export type CellAnswer =
  | { readonly value: unknown; readonly audit?: NoteOutcome }
  | { readonly stream: ReadableStream<Uint8Array> }
  | { readonly fault: string };

/** What may be asked of the Durable Object of a cell. */
export interface CellCalls {
  ask(question: Question): Promise<CellAnswer>;
  /** Nobody waits any more for what was asked with that key. */
  abort(key: string): Promise<void>;
}

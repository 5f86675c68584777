import type { R2Bucket } from '../../objects/r2/index.ts';
import type { D1Database } from '../../stores/d1/database.ts';
import type { DurableObjectStorage } from '../../stores/durable-object/driver.ts';
import type { AccountCalls, JobCalls, QueueCalls } from './calls.ts';
import type { CellCalls } from './cell/calls.ts';

/** What the runtime gives a Worker, as far as it is used: https://developers.cloudflare.com/workers/runtime-apis/ */

/** The bindings of deploy/wrangler.jsonc. Everything else in the environment is text: variables and secrets. */
export interface Bindings {
  readonly USER_LIMITER: Namespace<AccountCalls>;
  readonly JOB_COORDINATOR: Namespace<JobCalls>;
  readonly PULL_QUEUE: Namespace<QueueCalls>;
  /** By the cell's number. */
  readonly CELL: Namespace<CellCalls>;
  readonly GPU_QUEUE: { send(body: unknown): Promise<unknown> };
  /** Of webhooks that cells hand over to be sent. */
  readonly WEBHOOK_QUEUE: { send(body: unknown): Promise<unknown> };
  readonly DB: D1Database;
  readonly R2: R2Bucket;
  /** The pages of the console. */
  readonly ASSETS: Assets;
}

export interface Assets {
  fetch(url: string): Promise<Response>;
}

export interface Namespace<Calls> {
  /** The object of that name, which is made when it is first called: near the hint, or else near who calls. */
  getByName(name: string, options?: { readonly locationHint?: string }): Calls;
  /** Those of its objects that run and store in a jurisdiction alone. */
  jurisdiction(name: string): Namespace<Calls>;
}

export interface DurableObjectContext {
  /** `name`: by which the object was called. */
  readonly id: { readonly name?: string };
  readonly storage: DurableObjectStorage & {
    getAlarm(): Promise<number | null>;
    setAlarm(at: number): Promise<void>;
    deleteAlarm(): Promise<void>;
    /** Of the database too. */
    deleteAll(): Promise<void>;
  };
  waitUntil(work: Promise<unknown>): void;
  blockConcurrencyWhile<T>(work: () => Promise<T>): Promise<T>;
}

export interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void;
}

export interface MessageBatch {
  readonly queue: string;
  readonly messages: readonly BatchMessage[];
}

export interface BatchMessage {
  readonly id: string;
  readonly body: unknown;
  /** Which delivery this is, from 1. */
  readonly attempts: number;
  ack(): void;
  retry(options?: { readonly delaySeconds: number }): void;
}

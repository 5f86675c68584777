import type { Refusal } from '../../domain/errors.ts';
import { declareTable, type VersionedRow } from './tables.ts';

/** A job that another program wants, as it has stored it in a transaction of its own. */
export interface JobRequest {
  /** That of the job too. */
  readonly id: string;
  readonly ownerId: string;
  /** JSON, as it was stored. */
  readonly body: string;
  readonly createdAt: number;
  /** Null while it waits. */
  readonly refused: { readonly at: number; readonly refusal: Pick<Refusal, 'code' | 'message' | 'details'> } | null;
}

export interface JobRequestFilter {
  readonly kind: string;
  /** Null: everybody's. */
  readonly ownerId: string | null;
  readonly isRefused: boolean;
  /** The id of the last one of the page before. */
  readonly after: string | null;
  /** 1 to 1,000. */
  readonly limit: number;
}

/**
 * What other programs have stored beside their own rows. Each goes in the commit that makes its job
 * (`jobRequestTable`), so that there is exactly one job of each.
 */
export interface JobRequests {
  /** What the SQL of other programs calls the place of the table. */
  readonly schema: () => Promise<string>;
  /** Those that are due, for `leaseMs` nobody else's; owners take turns. The oldest first. */
  claim(options: { readonly kind: string; readonly now: number; readonly leaseMs: number; readonly limit: number }):
    Promise<readonly JobRequest[]>;
  /** Lets them be claimed again at that time. */
  putOff(ids: readonly string[], until: number): Promise<void>;
  /** Keeps it, with why no job is made of it. */
  refuse(id: string, refusal: Refusal, now: number): Promise<void>;
  /** A refused one is due again; null: there is none, or it is not refused. */
  retry(id: string): Promise<JobRequest | null>;
  /** Returns whether there was one. */
  remove(id: string): Promise<boolean>;
  get(kind: string, id: string): Promise<JobRequest | null>;
  /** By id. */
  list(filter: JobRequestFilter): Promise<readonly JobRequest[]>;
  /** How many wait, and how many are refused. */
  counts(kind: string): Promise<{ readonly waiting: number; readonly refused: number }>;
  /** Those refused before that time, `limit` at most; how many went. */
  purge(before: number, limit: number): Promise<number>;
}

/** The row itself, for the commit that takes it away. */
export const jobRequestTable = declareTable<VersionedRow & { readonly id: string; readonly kind: string }>(
  'job_requests', { key: ['id'], columns: { id: 'text', kind: 'text' } },
);

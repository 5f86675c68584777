import type { Movement } from '../account/account.ts';
import { inputKeyAt, type InputKeys } from './input-keys.ts';
import type { Job, Labels } from './job.ts';
import type { Kind } from './kind.ts';

/** What is left for good of a job that ended: one batch of rows, written once. */
export interface JobHistory {
  readonly job: JobLogRow;
  readonly items: readonly ItemLogRow[];
  readonly billing: readonly BillingEventRow[];
}

export interface JobLogRow {
  readonly jobId: string;
  readonly kind: string;
  readonly ownerId: string;
  readonly state: string;
  readonly itemsTotal: number;
  readonly itemsDone: number;
  readonly itemsFailed: number;
  /** Credits that were reserved for it when it was made. */
  readonly costEstimate: number;
  readonly creditsSpent: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number;
  /** Why it did not do what it should; null when it did, or was canceled on request. */
  readonly error: string | null;
  /** What it has cost. Micro-dollars. */
  readonly costMicroUsd: number;
  readonly labels: Labels;
  readonly parentId: string | null;
  /** Null where its items are made from no objects. */
  readonly inputKeys: InputKeys | null;
  /** The kind's own fields as they were at the end. */
  readonly fields: unknown;
}

export interface ItemLogRow {
  readonly jobId: string;
  readonly idx: number;
  /** "unfinished": the job was canceled before the item had a result. */
  readonly state: 'done' | 'failed' | 'unfinished';
  /** Object key of what it is made from; null where there is none. */
  readonly inputKey: string | null;
  readonly outputKey: string | null;
  readonly previewKey: string | null;
  readonly error: string | null;
  readonly errorCode: string | null;
  readonly confidence: number | null;
  readonly recordedAt: number | null;
}

export interface BillingEventRow {
  readonly accountId: string;
  /** The movement's number in its account's ledger: with the account id, unique. */
  readonly sequence: number;
  readonly jobId: string | null;
  readonly type: Movement['type'];
  /** Credits, positive. */
  readonly amount: number;
  readonly occurredAt: number;
}

/** Throws nothing; the job must have ended. */
export function historyOf<F>(
  of: Pick<Kind<F, never, never>, 'itemCount' | 'logged'>,
  job: Job<F>,
  movements: readonly Movement[],
): JobHistory {
  const itemCount = of.itemCount(job.fields);
  const { costEstimate, error, inputKeys = null } = of.logged(job);
  const endedAt = job.endedAt ?? job.updatedAt;
  const items: ItemLogRow[] = [];
  let itemsDone = 0;
  let itemsFailed = 0;
  for (let idx = 0; idx < itemCount; idx++) {
    const item = job.items.get(idx);
    if (item?.state === 'done') itemsDone++;
    if (item?.state === 'failed') itemsFailed++;
    items.push({
      jobId: job.id,
      idx,
      state: item?.state ?? 'unfinished',
      inputKey: inputKeys === null ? null : inputKeyAt(inputKeys, idx),
      outputKey: item?.outputKey ?? null,
      previewKey: item?.previewKey ?? null,
      error: item?.error ?? null,
      errorCode: item?.errorCode ?? null,
      confidence: item?.confidence ?? null,
      recordedAt: item?.recordedAt ?? null,
    });
  }
  const billing = movements.map(({ sequence, type, amount, at }) => ({
    accountId: job.ownerId,
    sequence,
    jobId: job.id,
    type,
    amount,
    occurredAt: at,
  }));
  const creditsSpent = billing.reduce((sum, { type, amount }) => (type === 'commit' ? sum + amount : sum), 0);
  const { kind, ownerId, state, createdAt, startedAt, costMicroUsd, labels, parentId, fields } = job;
  return {
    job: {
      jobId: job.id, kind, ownerId, state, itemsTotal: itemCount, itemsDone, itemsFailed, costEstimate,
      creditsSpent, createdAt, startedAt, endedAt, error, costMicroUsd, labels, parentId, inputKeys,
      fields,
    },
    items,
    billing,
  };
}

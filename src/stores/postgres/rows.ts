import { movementDirections, type Account, type LedgerEntry, type Movement, type Reservation } from
  '../../domain/account/account.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import type { ItemLogRow, JobLogRow } from '../../domain/job/history.ts';
import type { InputKeys } from '../../domain/job/input-keys.ts';
import type { Item, Job, Labels, RecordedEvent } from '../../domain/job/job.ts';
import { readLine } from '../../ports/store/event-batch.ts';
import { joinJson } from '../../ports/store/json-parts.ts';
import type { JobSummary } from '../../ports/store/store.ts';
import {
  itemStates, knownPhases, knownPlans, loggedItemStates, movementTypes, oneOf, reservationStates,
} from '../../ports/store/stored-words.ts';

/*
 * Rows as they are selected, under the names that the domain has for their columns, and what they mean.
 */

/** A row whose JSON is still text and whose words are not checked. */
type Unread<T, Words extends keyof T, Json extends keyof T> =
  & Omit<T, Words | Json> & { readonly [Name in Words]: string } & { readonly [Name in Json]: string };

const smallColumns = `id, kind, type, owner_id AS "ownerId", state, phase, version, created_at AS "createdAt",
  updated_at AS "updatedAt", started_at AS "startedAt", ended_at AS "endedAt", deadline_at AS "deadlineAt",
  items_recorded AS "itemsRecorded", traceparent, attempt, cost_micro_usd AS "costMicroUsd", labels,
  parent_id AS "parentId", lease_token AS "leaseToken",
  lease_worker AS "leaseWorker", input, fields`;

/** The same, as they are in the tables. */
export function storedJobColumns(table: string): string {
  const columns = `${smallColumns}, input_large, fields_large`.split(',');
  return columns.map((column) => `${table}.${column.trim().split(' ')[0]}`).join(', ');
}
export const jobColumns = `${smallColumns}, input_large AS "inputLarge", fields_large AS "fieldsLarge"`;
/** Of their JSON in one part, in bytes of UTF-8: two parts have a brace more each, and no comma between them. */
export const jobBytes = `COALESCE(octet_length(input), 0) + octet_length(fields)
  + COALESCE(octet_length(input_large) - CASE WHEN input = '{}' THEN 2 ELSE 1 END, 0)
  + COALESCE(octet_length(fields_large) - CASE WHEN fields = '{}' THEN 2 ELSE 1 END, 0)`;
/** Without what is large. */
export const listedColumns = `${smallColumns}, NULL AS "inputLarge", NULL AS "fieldsLarge"`;

export type JobRow = Omit<Unread<JobSummary, 'phase', 'fields'>, 'lease' | 'input' | 'labels'> & {
  readonly labels: string | null;
  readonly itemsRecorded: number;
  readonly leaseToken: number | null;
  readonly leaseWorker: string | null;
  readonly input: string | null;
  readonly inputLarge: string | null;
  readonly fieldsLarge: string | null;
};

export function toSummary(row: JobRow): JobSummary {
  const { leaseToken: token, leaseWorker: workerId } = row;
  // One by one: taking out what is not wanted of a whole row takes thirty times as long.
  return {
    id: row.id,
    kind: row.kind,
    type: row.type,
    ownerId: row.ownerId,
    state: row.state,
    phase: oneOf(knownPhases, row.phase, `the phase of job ${row.id}`),
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    deadlineAt: row.deadlineAt,
    traceparent: row.traceparent,
    attempt: row.attempt,
    costMicroUsd: row.costMicroUsd,
    labels: toLabels(row.labels),
    parentId: row.parentId,
    lease: token === null || workerId === null ? null : { token, workerId },
    input: row.input === null ? null : joinJson(row.input, row.inputLarge),
    fields: joinJson(row.fields, row.fieldsLarge),
  };
}

export function toLabels(stored: string | null): Labels {
  return stored === null ? {} : (JSON.parse(stored) as Labels);
}

export const itemColumns = `job_id AS "jobId", idx, state, output_key AS "outputKey", preview_key AS "previewKey",
  error, error_code AS "errorCode", confidence, recorded_at AS "recordedAt"`;

export type ItemRow = Unread<Item, 'state', never> & { readonly jobId: string };

const noItems: ReadonlyMap<number, Item> = new Map();

/** Throws when the items are not those that the job's row counts. */
export function toJob(row: JobRow, itemRows: readonly ItemRow[]): Job {
  if (itemRows.length !== row.itemsRecorded) {
    throw new InvariantViolation(`job ${row.id} counts ${row.itemsRecorded} items, and ${itemRows.length} are there`);
  }
  if (itemRows.length === 0) return { ...toSummary(row), items: noItems };
  const items = new Map<number, Item>();
  for (const { jobId: _, ...item } of itemRows) {
    const state = oneOf(itemStates, item.state, `the state of item ${item.idx} of job ${row.id}`);
    items.set(item.idx, { ...item, state });
  }
  return { ...toSummary(row), items };
}

/** An event as it is selected. `input`, `inputLarge`: its job's, if it is the first one (see `readLine`). */
export interface EventRow {
  readonly jobId: string;
  readonly kind: string;
  readonly sequence: number;
  readonly line: string;
  readonly input: string | null;
  readonly inputLarge: string | null;
}

export function toEvent({ line, input, inputLarge, ...event }: EventRow): RecordedEvent {
  return readLine(event, line, input, inputLarge);
}

export const accountColumns = `id, plan, granted, available, reserved, spent, active_jobs AS "activeJobs",
  used_rule_slots AS "usedRuleSlots", failed_items AS "failedItems", failures_since AS "failuresSince",
  ledger_sequence AS "ledgerSequence", version, created_at AS "createdAt", updated_at AS "updatedAt"`;

export type AccountRow = Unread<Account, 'plan', never>;

export function toAccount(row: AccountRow): Account {
  return { ...row, plan: oneOf(knownPlans, row.plan, `the plan of account ${row.id}`) };
}

export const reservationColumns = `job_id AS "jobId", account_id AS "accountId", state, held, spent,
  created_at AS "createdAt", settled_at AS "settledAt", movements`;

export type ReservationRow = Unread<Reservation, 'state', 'movements'>;

export function toReservation(row: ReservationRow): Reservation {
  const state = oneOf(reservationStates, row.state, `the state of the reservation of job ${row.jobId}`);
  return { ...row, state, movements: JSON.parse(row.movements) as Movement[] };
}

export const ledgerColumns = `account_id AS "accountId", sequence, job_id AS "jobId", type, debit, credit, amount,
  note, at`;

export type LedgerRow = Unread<LedgerEntry, 'type' | 'debit' | 'credit', never>;

export function toLedgerEntry(row: LedgerRow): LedgerEntry {
  const what = `entry ${row.sequence} in the ledger of ${row.accountId}`;
  const type = oneOf(movementTypes, row.type, what);
  const { debit, credit } = movementDirections[type];
  if (row.debit !== debit || row.credit !== credit) {
    throw new InvariantViolation(`${what} goes from ${row.debit} to ${row.credit}, which no ${type} does`);
  }
  return { ...row, type, debit, credit };
}

export const idempotencyColumns = 'scope, key, fingerprint, resource_id AS "resourceId", created_at AS "createdAt"';

export const jobLogColumns = `job_id AS "jobId", kind, owner_id AS "ownerId", state, items_total AS "itemsTotal",
  items_done AS "itemsDone", items_failed AS "itemsFailed", cost_estimate AS "costEstimate",
  credits_spent AS "creditsSpent", created_at AS "createdAt", started_at AS "startedAt", ended_at AS "endedAt", error,
  cost_micro_usd AS "costMicroUsd", labels, parent_id AS "parentId", input_keys AS "inputKeys", fields`;

export type JobLogTableRow = Unread<JobLogRow, never, 'fields' | 'labels' | 'inputKeys'>;

export function toJobLog(row: JobLogTableRow): JobLogRow {
  const { labels, inputKeys, fields } = row;
  return {
    ...row,
    labels: JSON.parse(labels) as Labels,
    inputKeys: inputKeys === null ? null : (JSON.parse(inputKeys) as InputKeys),
    fields: JSON.parse(fields),
  };
}

export const itemLogColumns = `${itemColumns}, input_key AS "inputKey"`;

export type ItemLogTableRow = Unread<ItemLogRow, 'state', never>;

export function toItemLog(row: ItemLogTableRow): ItemLogRow {
  const state = oneOf(loggedItemStates, row.state, `the logged state of item ${row.idx} of job ${row.jobId}`);
  return { ...row, state };
}

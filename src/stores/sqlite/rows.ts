import { movementDirections, type Account, type LedgerEntry, type Movement, type Reservation } from
  '../../domain/account/account.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import type { ItemLogRow, JobLogRow } from '../../domain/job/history.ts';
import type { InputKeys } from '../../domain/job/input-keys.ts';
import type { Item, Job, Labels } from '../../domain/job/job.ts';
import type { IdempotencyRecord } from '../../ports/store/commit.ts';
import { joinJson } from '../../ports/store/json-parts.ts';
import type { JobSummary } from '../../ports/store/store.ts';
import {
  itemStates, knownPhases, knownPlans, loggedItemStates, movementTypes, oneOf, reservationStates,
} from '../../ports/store/stored-words.ts';

/*
 * Rows as the tables have them, and what they mean.
 */

export interface JobRow {
  id: string;
  kind: string;
  type: string;
  owner_id: string;
  state: string;
  phase: string;
  version: number;
  created_at: number;
  updated_at: number;
  started_at: number | null;
  ended_at: number | null;
  deadline_at: number | null;
  items_recorded: number;
  traceparent: string | null;
  attempt: number;
  cost_micro_usd: number;
  labels: string | null;
  parent_id: string | null;
  lease_token: number | null;
  lease_worker: string | null;
  input: string | null;
  fields: string;
  input_large: string | null;
  fields_large: string | null;
}

const columns = [
  'id', 'kind', 'type', 'owner_id', 'state', 'phase', 'version', 'created_at', 'updated_at', 'started_at', 'ended_at',
  'deadline_at', 'items_recorded', 'traceparent', 'attempt', 'cost_micro_usd', 'labels', 'parent_id', 'lease_token',
  'lease_worker', 'input', 'fields',
] satisfies (keyof JobRow)[];
const smallColumns = columns.map((column) => `job_rows.${column}`).join(', ');

export const jobColumns = `${smallColumns}, job_rows.input_large, job_rows.fields_large`;
/** Of their JSON in one part, in bytes of UTF-8: two parts have a brace more each, and no comma between them. */
export const jobBytes = `coalesce(octet_length(input), 0) + octet_length(fields)
  + coalesce(octet_length(input_large) - iif(input = '{}', 2, 1), 0)
  + coalesce(octet_length(fields_large) - iif(fields = '{}', 2, 1), 0)`;
/** Those that are not JSON of any length. */
export const shortColumns = columns.filter((column) => column !== 'input' && column !== 'fields')
  .map((column) => `job_rows.${column}`).join(', ');
/** Without what is large. */
export const listedColumns = `${smallColumns}, NULL AS input_large, NULL AS fields_large`;

export function toSummary(row: JobRow): JobSummary {
  const { lease_token: token, lease_worker: workerId } = row;
  return {
    id: row.id,
    kind: row.kind,
    type: row.type,
    ownerId: row.owner_id,
    state: row.state,
    phase: oneOf(knownPhases, row.phase, `the phase of job ${row.id}`),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    deadlineAt: row.deadline_at,
    traceparent: row.traceparent,
    attempt: row.attempt,
    costMicroUsd: row.cost_micro_usd,
    labels: toLabels(row.labels),
    parentId: row.parent_id,
    lease: token === null || workerId === null ? null : { token, workerId },
    input: row.input === null ? null : joinJson(row.input, row.input_large),
    fields: joinJson(row.fields, row.fields_large),
  };
}

export function toLabels(stored: string | null): Labels {
  return stored === null ? {} : (JSON.parse(stored) as Labels);
}

export interface ItemRow {
  idx: number;
  state: string;
  output_key: string | null;
  preview_key: string | null;
  error: string | null;
  error_code: string | null;
  confidence: number | null;
  recorded_at: number;
}

const noItems: ReadonlyMap<number, Item> = new Map();

/** Throws when the items are not those that the job's row counts. */
export function toJob(row: JobRow, itemRows: readonly ItemRow[]): Job {
  if (itemRows.length !== row.items_recorded) {
    throw new InvariantViolation(`job ${row.id} counts ${row.items_recorded} items, and ${itemRows.length} are there`);
  }
  if (itemRows.length === 0) return { ...toSummary(row), items: noItems };
  const items = new Map<number, Item>();
  for (const { idx, state, output_key, preview_key, error, error_code, confidence, recorded_at } of itemRows) {
    items.set(idx, {
      idx,
      state: oneOf(itemStates, state, `the state of item ${idx} of job ${row.id}`),
      outputKey: output_key,
      previewKey: preview_key,
      error,
      errorCode: error_code,
      confidence,
      recordedAt: recorded_at,
    });
  }
  return { ...toSummary(row), items };
}

export interface AccountRow {
  id: string;
  plan: string;
  granted: number;
  available: number;
  reserved: number;
  spent: number;
  active_jobs: number;
  used_rule_slots: number;
  failed_items: number;
  failures_since: number;
  ledger_sequence: number;
  version: number;
  created_at: number;
  updated_at: number;
}

export function toAccount(row: AccountRow): Account {
  const { id, granted, available, reserved, spent, version } = row;
  return {
    id, granted, available, reserved, spent, version,
    plan: oneOf(knownPlans, row.plan, `the plan of account ${id}`),
    activeJobs: row.active_jobs,
    usedRuleSlots: row.used_rule_slots,
    failedItems: row.failed_items,
    failuresSince: row.failures_since,
    ledgerSequence: row.ledger_sequence,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface ReservationRow {
  job_id: string;
  account_id: string;
  state: string;
  held: number;
  spent: number;
  created_at: number;
  settled_at: number | null;
  movements: string;
}

export function toReservation(row: ReservationRow): Reservation {
  return {
    jobId: row.job_id,
    accountId: row.account_id,
    state: oneOf(reservationStates, row.state, `the state of the reservation of job ${row.job_id}`),
    held: row.held,
    spent: row.spent,
    createdAt: row.created_at,
    settledAt: row.settled_at,
    movements: JSON.parse(row.movements) as Movement[],
  };
}

export interface LedgerRow {
  account_id: string;
  sequence: number;
  job_id: string | null;
  type: string;
  debit: string;
  credit: string;
  amount: number;
  note: string | null;
  at: number;
}

export function toLedgerEntry(row: LedgerRow): LedgerEntry {
  const { account_id: accountId, sequence, job_id: jobId, amount, note, at } = row;
  const what = `entry ${sequence} in the ledger of ${accountId}`;
  const type = oneOf(movementTypes, row.type, what);
  const { debit, credit } = movementDirections[type];
  if (row.debit !== debit || row.credit !== credit) {
    throw new InvariantViolation(`${what} goes from ${row.debit} to ${row.credit}, which no ${type} does`);
  }
  return { accountId, sequence, jobId, type, debit, credit, amount, note, at };
}

export interface IdempotencyRow {
  scope: string;
  key: string;
  fingerprint: string;
  resource_id: string;
  created_at: number;
}

export function toIdempotencyRecord(row: IdempotencyRow): IdempotencyRecord {
  const { scope, key, fingerprint, resource_id, created_at } = row;
  return { scope, key, fingerprint, resourceId: resource_id, createdAt: created_at };
}

export interface JobLogTableRow {
  job_id: string;
  kind: string;
  owner_id: string;
  state: string;
  items_total: number;
  items_done: number;
  items_failed: number;
  cost_estimate: number;
  credits_spent: number;
  created_at: number;
  started_at: number | null;
  ended_at: number;
  error: string | null;
  cost_micro_usd: number;
  labels: string;
  parent_id: string | null;
  input_keys: string | null;
  fields: string;
}

export function toJobLog(row: JobLogTableRow): JobLogRow {
  return {
    jobId: row.job_id,
    kind: row.kind,
    ownerId: row.owner_id,
    state: row.state,
    itemsTotal: row.items_total,
    itemsDone: row.items_done,
    itemsFailed: row.items_failed,
    costEstimate: row.cost_estimate,
    creditsSpent: row.credits_spent,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    error: row.error,
    costMicroUsd: row.cost_micro_usd,
    labels: toLabels(row.labels),
    parentId: row.parent_id,
    inputKeys: row.input_keys === null ? null : (JSON.parse(row.input_keys) as InputKeys),
    fields: JSON.parse(row.fields),
  };
}

export interface ItemLogTableRow {
  job_id: string;
  idx: number;
  state: string;
  input_key: string | null;
  output_key: string | null;
  preview_key: string | null;
  error: string | null;
  error_code: string | null;
  confidence: number | null;
  recorded_at: number | null;
}

export function toItemLog(row: ItemLogTableRow): ItemLogRow {
  return {
    jobId: row.job_id,
    idx: row.idx,
    state: oneOf(loggedItemStates, row.state, `the logged state of item ${row.idx} of job ${row.job_id}`),
    inputKey: row.input_key,
    outputKey: row.output_key,
    previewKey: row.preview_key,
    error: row.error,
    errorCode: row.error_code,
    confidence: row.confidence,
    recordedAt: row.recorded_at,
  };
}

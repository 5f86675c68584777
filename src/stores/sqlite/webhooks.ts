import { clockToleranceMs } from '../../domain/job/start.ts';
import {
  deliveryStates, hostOf, maxDisabled, type ClaimDeliveries, type ClaimedDelivery, type DeliveryAttempt,
  type DeliveryClaim, type DeliveryState, type ListedDelivery, type StoredDelivery, type StoredWebhookSecret,
  type WebhookStore,
} from '../../ports/store/webhook-store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { chooseDeliveries } from './webhook-turns.ts';

interface Row {
  id: string;
  job_id: string;
  owner_id: string;
  url: string;
  event_type: string;
  body: string;
  traceparent: string | null;
  state: DeliveryState;
  attempt: number;
  token: number;
  due_at: number | null;
  created_at: number;
  ended_at: number | null;
}

const listedColumns = 'id, job_id, owner_id, url, event_type, state, attempt, due_at, created_at, ended_at';
const columns = `${listedColumns}, body, traceparent`;
const insert = `INSERT INTO webhook_deliveries (${columns}, host) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO NOTHING`;
const select = `SELECT ${columns} FROM webhook_deliveries WHERE`;
const selectListed = `SELECT ${listedColumns} FROM webhook_deliveries WHERE`;
const anyDue = `SELECT 1 FROM webhook_deliveries WHERE state = 'pending' AND due_at <= ? LIMIT 1`;
const nextDue = `SELECT due_at AS due FROM webhook_deliveries
  WHERE state = 'pending' AND due_at > ? ORDER BY due_at LIMIT 1`;
const lease = `UPDATE webhook_deliveries SET due_at = ?, attempt = attempt + 1, token = token + 1, leased = 1
  WHERE id = ? RETURNING ${columns}, token`;
const settle = `UPDATE webhook_deliveries SET state = ?, attempt = ?, due_at = ?, ended_at = ?, token = token + 1,
  leased = 0 WHERE id = ? AND token = ?`;
const replay = `UPDATE webhook_deliveries SET state = 'pending', attempt = 0, due_at = ?, ended_at = NULL
  WHERE id = ? AND +state <> 'pending'`;

const keptAttempts = 100;
const lastAttempt = 'SELECT max(number) AS number FROM webhook_attempts WHERE delivery_id = ?';
const insertAttempt = `INSERT INTO webhook_attempts (delivery_id, number, at, status, error, body, duration_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;
const trimAttempts = 'DELETE FROM webhook_attempts WHERE delivery_id = ? AND number <= ?';
const selectAttempts = `SELECT at, status, error, body, duration_ms AS durationMs FROM webhook_attempts
  WHERE delivery_id = ? ORDER BY number`;

const disable = `INSERT INTO webhook_disabled (owner_id, url, disabled_at) VALUES (?, ?, ?)
  ON CONFLICT (owner_id, url) DO UPDATE SET disabled_at = excluded.disabled_at`;
/** An owner's newest are kept: each job may have a URL of its own. */
const purgeDisabled = `DELETE FROM webhook_disabled WHERE owner_id = ? AND url IN (
  SELECT url FROM webhook_disabled WHERE owner_id = ? ORDER BY disabled_at DESC, url LIMIT -1 OFFSET ${maxDisabled})`;
const enable = 'DELETE FROM webhook_disabled WHERE owner_id = ? AND url = ?';
const disabledAt = 'SELECT disabled_at AS at FROM webhook_disabled WHERE owner_id = ? AND url = ?';
const disabled = `SELECT url, disabled_at AS disabledAt FROM webhook_disabled WHERE owner_id = ?
  ORDER BY url LIMIT ${maxDisabled}`;

const lasting = `SELECT owner_id AS ownerId, secret, created_at AS createdAt, expires_at AS expiresAt
  FROM webhook_secrets WHERE owner_id = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY number DESC`;
const lastSecret = 'SELECT max(number) AS number FROM webhook_secrets WHERE owner_id = ?';
const insertSecret = `INSERT INTO webhook_secrets (owner_id, number, secret, created_at, expires_at)
  VALUES (?, ?, ?, ?, ?)`;
const endOthers = `UPDATE webhook_secrets SET expires_at = ?
  WHERE owner_id = ? AND (expires_at IS NULL OR expires_at > ?)`;
const purgeEnded = 'DELETE FROM webhook_secrets WHERE owner_id = ? AND expires_at <= ?';

const heal = `UPDATE webhook_deliveries SET due_at = iif(leased = 1, ?, 0) + ?
  WHERE state = 'pending' AND due_at > ? + iif(leased = 1, ?, iif(attempt = 0, 0, ?)) AND due_at > ?`;

export function createWebhookStore(driver: SqliteDriver): WebhookStore {
  const durably = async <T>(work: () => T): Promise<T> => {
    const result = work();
    await driver.durable();
    return result;
  };
  const written = <T>(work: () => T): Promise<T> => durably(() => driver.transaction(work));
  return {
    put: (deliveries) => written(() => void deliveries.forEach((each) => driver.run(insert, valuesOf(each)))),
    async claim(options) {
      assertLimit(options.limit, 1_000);
      // Senders look often and mostly in vain: that must not cost a write.
      const isAny = driver.all(anyDue, [options.now]).length > 0;
      return isAny ? written(() => claim(driver, options)) : { deliveries: [], after: options.after, isWhole: true };
    },
    record: (delivery, attempt) => written(() => record(driver, delivery, attempt)),
    get: (id) =>
      durably(() => {
        const [row] = driver.all<Row>(`${select} id = ?`, [id]);
        return row === undefined ? null : toDelivery(row);
      }),
    attempts: (id) =>
      durably(() =>
        driver.all<DeliveryAttempt>(selectAttempts, [id]).map((row) => ({
          ...row,
          error: read(row.error), body: read(row.body),
        })),
      ),
    async list(filter) {
      assertLimit(filter.limit, 1_000);
      return durably(() => driver.snapshot(() => list(driver, filter)).map(toListed));
    },
    heal: ({ now, leaseMs, maxPauseMs }) => {
      const latest = now + clockToleranceMs;
      return durably(() => driver.run(heal, [leaseMs, now, latest, leaseMs, maxPauseMs, latest]));
    },
    replay: (id, at) => durably(() => driver.run(replay, [at, id]) === 1),
    nextDueAt: (after) => durably(() => driver.all<{ due: number }>(nextDue, [after])[0]?.due ?? null),
    disabledAt: (ownerId, url) => durably(() => driver.all<{ at: number }>(disabledAt, [ownerId, url])[0]?.at ?? null),
    setDisabled: (ownerId, url, at) =>
      written(() => {
        if (at === null) return void driver.run(enable, [ownerId, url]);
        driver.run(disable, [ownerId, url, at]);
        driver.run(purgeDisabled, [ownerId, ownerId]);
      }),
    disabled: (ownerId) => durably(() => driver.all<{ url: string; disabledAt: number }>(disabled, [ownerId])),
    secrets: (ownerId, now) => durably(() => driver.all<StoredWebhookSecret>(lasting, [ownerId, now])),
    addSecret: (secret, options) => written(() => addSecret(driver, secret, options)),
  };
}

function read(text: string | null): string | null {
  return text === null ? null : (JSON.parse(text) as string);
}

function claim(driver: SqliteDriver, options: ClaimDeliveries): DeliveryClaim {
  const { ids, ...turns } = chooseDeliveries(driver, options);
  const leasedUntil = options.now + options.leaseMs;
  const deliveries = ids.flatMap((id) => driver.all<Row>(lease, [leasedUntil, id])).map((row): ClaimedDelivery => ({
    ...toDelivery(row), token: row.token,
  }));
  return { deliveries, ...turns };
}

/** The token goes with it, so that the same claim is not recorded again. */
function record(driver: SqliteDriver, delivery: ClaimedDelivery, made: DeliveryAttempt): boolean {
  const { id, token, state, attempt, dueAt, endedAt } = delivery;
  if (driver.run(settle, [state, attempt, dueAt, endedAt, id, token]) === 0) return false;
  const number = (driver.all<{ number: number | null }>(lastAttempt, [id])[0]?.number ?? 0) + 1;
  const [error, body] = [made.error, made.body].map((text) => (text === null ? null : JSON.stringify(text)));
  driver.run(insertAttempt, [id, number, made.at, made.status, error ?? null, body ?? null, made.durationMs]);
  driver.run(trimAttempts, [id, number - keptAttempts]);
  return true;
}

/** Above every id: a UUID in lower case begins with a hexadecimal digit. */
const aboveEveryId = '~';

/**
 * Within one state an index has them in order, so each of the few states gives at most a page, and the newest of all
 * are taken. A job has few: those are looked through (`+` keeps other indexes from being taken for it).
 */
function list(driver: SqliteDriver, filter: Parameters<WebhookStore['list']>[0]): Omit<Row, 'body' | 'traceparent'>[] {
  const { ownerId, jobId, state, before = aboveEveryId, limit } = filter;
  const page = 'id < ? ORDER BY id DESC LIMIT +?';
  const owner: SqlValue[] = ownerId === null ? [] : [ownerId];
  if (jobId !== undefined) {
    const which = [ownerId === null ? '' : ' AND +owner_id = ?', state === undefined ? '' : ' AND +state = ?'].join('');
    const states = state === undefined ? [] : [state];
    const values = [jobId, ...owner, ...states, before, limit];
    return driver.all<Row>(`${selectListed} job_id = ?${which} AND ${page}`, values);
  }
  // Only the list of every owner's may go by the index by state (see the part `webhooks`).
  const which = `${ownerId === null ? "id <> ''" : 'owner_id = ?'} AND state = ?`;
  const rows = (state === undefined ? deliveryStates : [state]).flatMap((each) =>
    driver.all<Row>(`${selectListed} ${which} AND ${page}`, [...owner, each, before, limit]),
  );
  return rows.sort((a, b) => (a.id > b.id ? -1 : 1)).slice(0, limit);
}

function addSecret(
  driver: SqliteDriver,
  { ownerId, secret, createdAt, expiresAt }: StoredWebhookSecret,
  { now, othersUntil, onlyFirst }: Parameters<WebhookStore['addSecret']>[1],
): void {
  if (onlyFirst && driver.all(lasting, [ownerId, now]).length > 0) return;
  const number = (driver.all<{ number: number | null }>(lastSecret, [ownerId])[0]?.number ?? 0) + 1;
  driver.run(purgeEnded, [ownerId, now]);
  driver.run(endOthers, [othersUntil, ownerId, othersUntil]);
  driver.run(insertSecret, [ownerId, number, secret, createdAt, expiresAt]);
}

function valuesOf(delivery: StoredDelivery): SqlValue[] {
  const { id, jobId, ownerId, url, eventType, body, traceparent, state, attempt } = delivery;
  const { dueAt, createdAt, endedAt } = delivery;
  return [
    id, jobId, ownerId, url, eventType, state, attempt, dueAt, createdAt, endedAt, body, traceparent, hostOf(url),
  ];
}

function toDelivery(row: Row): StoredDelivery {
  return { ...toListed(row), body: row.body, traceparent: row.traceparent };
}

function toListed(row: Omit<Row, 'body' | 'traceparent'>): ListedDelivery {
  return {
    id: row.id,
    jobId: row.job_id,
    ownerId: row.owner_id,
    url: row.url,
    eventType: row.event_type,
    state: row.state,
    attempt: row.attempt,
    dueAt: row.due_at,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}

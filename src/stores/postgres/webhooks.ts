import { clockToleranceMs } from '../../domain/job/start.ts';
import {
  deliveryStates, hostOf, maxDisabled, type DeliveryAttempt, type ListedDelivery, type StoredDelivery,
  type StoredWebhookSecret, type WebhookStore,
} from '../../ports/store/webhook-store.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { arraysOf, insertAll, selectionOf, statement, text } from './statement.ts';
import { claimDeliveries, columns } from './webhook-claim.ts';

const selection = selectionOf(columns);
const listed = selectionOf(columns.filter(({ name }) => name !== 'body' && name !== 'traceparent'));
const inserted = [...columns, text('host', ({ url }: StoredDelivery) => hostOf(url))];
const insert = statement('webhooks_put', insertAll('webhook_deliveries', inserted, 'ON CONFLICT (id) DO NOTHING'));
const get = statement('webhooks_get', `SELECT ${selection} FROM webhook_deliveries WHERE id = $1`);

const nextDue = statement(
  'webhooks_next_due',
  `SELECT due_at AS due FROM webhook_deliveries WHERE state = 'pending' AND due_at > $1::bigint
    ORDER BY due_at LIMIT 1`,
);
const replay = statement(
  'webhooks_replay',
  `UPDATE webhook_deliveries SET state = 'pending', attempt = 0, due_at = $2::bigint, ended_at = NULL
    WHERE id = $1 AND state || '' <> 'pending'`,
);

// The token goes with it, so that the same claim is not recorded again.
const record = statement(
  'webhooks_record',
  `WITH recorded AS (
      UPDATE webhook_deliveries SET state = $3, attempt = $4, due_at = $5::bigint, ended_at = $6::bigint,
        token = token + 1, leased = FALSE
      WHERE id = $1 AND token = $2 RETURNING id
    )
    INSERT INTO webhook_attempts (delivery_id, number, at, status, error, body, duration_ms)
    SELECT id, COALESCE((SELECT max(number) FROM webhook_attempts WHERE delivery_id = $1), 0) + 1,
      $7::bigint, $8::integer, $9, $10, $11::bigint
    FROM recorded`,
);
const keptAttempts = 100;
const trimAttempts = statement(
  'webhook_attempts_trim',
  `DELETE FROM webhook_attempts WHERE delivery_id = $1
    AND number <= (SELECT max(number) FROM webhook_attempts WHERE delivery_id = $1) - ${keptAttempts}`,
);
const attempts = statement(
  'webhook_attempts',
  `SELECT at, status, error, body, duration_ms AS "durationMs" FROM webhook_attempts
    WHERE delivery_id = $1 ORDER BY number`,
);

// Within one state an index has them in order, so each of the few states gives at most a page, and the newest of all
// are taken. Only the list of every owner's may go by the index by state (see the part `webhooks`).
const listing = (which: string): string =>
  `SELECT page.* FROM unnest($3::text[]) AS s (state), LATERAL (
      SELECT ${listed} FROM webhook_deliveries WHERE ${which} AND state = s.state AND id < $1
      ORDER BY id DESC LIMIT $2
    ) page ORDER BY id DESC LIMIT $2`;
const listAll = statement('webhooks_list', listing("id <> ''"));
const listOwned = statement('webhooks_list_owner', listing('owner_id = $4'));
// A job has few: those are looked through.
const listOfJob = statement(
  'webhooks_list_job',
  `SELECT ${listed} FROM webhook_deliveries WHERE job_id = $4 AND id < $1
    AND state || '' = ANY($3::text[]) AND owner_id = COALESCE($5::text, owner_id)
    ORDER BY id DESC LIMIT $2`,
);

const disable = statement(
  'webhooks_disable',
  `INSERT INTO webhook_disabled (owner_id, url, disabled_at) VALUES ($1, $2, $3::bigint)
    ON CONFLICT (owner_id, url) DO UPDATE SET disabled_at = excluded.disabled_at`,
);
// An owner's newest are kept: each job may have a URL of its own.
const purgeDisabled = statement(
  'webhooks_forget_disabled',
  `DELETE FROM webhook_disabled WHERE owner_id = $1 AND url = ANY(ARRAY(
    SELECT url FROM webhook_disabled WHERE owner_id = $1 ORDER BY disabled_at DESC, url OFFSET ${maxDisabled}
  ))`,
);
const enable = statement('webhooks_enable', 'DELETE FROM webhook_disabled WHERE owner_id = $1 AND url = $2');
const disabledAt = statement(
  'webhooks_disabled_at',
  'SELECT disabled_at AS at FROM webhook_disabled WHERE owner_id = $1 AND url = $2',
);
const disabled = statement(
  'webhooks_disabled',
  `SELECT url, disabled_at AS "disabledAt" FROM webhook_disabled WHERE owner_id = $1 ORDER BY url LIMIT ${maxDisabled}`,
);

const secrets = statement(
  'webhook_secrets',
  `SELECT owner_id AS "ownerId", secret, created_at AS "createdAt", expires_at AS "expiresAt" FROM webhook_secrets
    WHERE owner_id = $1 AND (expires_at IS NULL OR expires_at > $2::bigint) ORDER BY number DESC`,
);
// Those who add a secret for one owner wait for each other, each until the one before has committed.
const waitToAdd = statement('webhook_secrets_wait', 'SELECT pg_advisory_xact_lock(724199635, hashtext($1))');
const addSecret = statement(
  'webhook_secrets_add',
  `WITH added AS (
      INSERT INTO webhook_secrets (owner_id, number, secret, created_at, expires_at)
      SELECT $1, COALESCE((SELECT max(number) FROM webhook_secrets WHERE owner_id = $1), 0) + 1, $2, $3::bigint,
        $4::bigint
      WHERE NOT ($7::boolean AND EXISTS (
        SELECT 1 FROM webhook_secrets WHERE owner_id = $1 AND (expires_at IS NULL OR expires_at > $5::bigint)
      ))
      RETURNING 1
    ), ended AS (
      DELETE FROM webhook_secrets WHERE owner_id = $1 AND expires_at <= $5::bigint AND EXISTS (SELECT 1 FROM added)
    )
    UPDATE webhook_secrets SET expires_at = $6::bigint
    WHERE owner_id = $1 AND (expires_at IS NULL OR expires_at > greatest($5::bigint, $6::bigint))
      AND EXISTS (SELECT 1 FROM added)`,
);

const heal = statement(
  'webhooks_heal',
  `UPDATE webhook_deliveries SET due_at = $1::bigint + CASE WHEN leased THEN $3::bigint ELSE 0 END
    WHERE id = ANY(ARRAY(
      SELECT id FROM webhook_deliveries WHERE state = 'pending' AND due_at > $2::bigint
        AND due_at > $2::bigint + CASE WHEN leased THEN $3::bigint WHEN attempt = 0 THEN 0 ELSE $4::bigint END
      ORDER BY id FOR UPDATE SKIP LOCKED
    ))`,
);

export function createWebhookStore(database: Database): WebhookStore {
  return {
    async put(deliveries) {
      if (deliveries.length === 0) return;
      // In one order, so that no two who put the same ones can wait for each other.
      const inOrder = deliveries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      await database.write([{ statement: insert, values: arraysOf(inserted, inOrder) }]);
    },
    claim: (options) => claimDeliveries(database, options),
    async record({ id, token, state, attempt, dueAt, endedAt }, { at, status, durationMs, ...said }) {
      const after = [state, attempt, dueAt, endedAt];
      const [error, body] = [said.error, said.body].map((text) => (text === null ? null : JSON.stringify(text)));
      const made = [at, status, error ?? null, body ?? null, durationMs];
      const [answer] = await database.write([
        { statement: record, values: [id, token, ...after, ...made] },
        { statement: trimAttempts, values: [id] },
      ]);
      return answer?.count === 1;
    },
    async heal({ now, leaseMs, maxPauseMs }) {
      const values = [now, now + clockToleranceMs, leaseMs, maxPauseMs];
      const [answer] = await database.write([{ statement: heal, values }]);
      return answer?.count ?? 0;
    },
    async get(id) {
      const [row] = await database.read<StoredDelivery>(get, [id]);
      return row ?? null;
    },
    async attempts(id) {
      const rows = await database.read<DeliveryAttempt>(attempts, [id]);
      const read = (text: string | null): string | null => (text === null ? null : (JSON.parse(text) as string));
      return rows.map((row) => ({ ...row, error: read(row.error), body: read(row.body) }));
    },
    list: (filter) => list(database, filter),
    async replay(id, at) {
      const [answer] = await database.write([{ statement: replay, values: [id, at] }]);
      return answer?.count === 1;
    },
    async nextDueAt(after) {
      return (await database.read<{ due: number }>(nextDue, [after]))[0]?.due ?? null;
    },
    async disabledAt(ownerId, url) {
      return (await database.read<{ at: number }>(disabledAt, [ownerId, url]))[0]?.at ?? null;
    },
    async setDisabled(ownerId, url, at) {
      const enables = { statement: enable, values: [ownerId, url] };
      const disables = { statement: disable, values: [ownerId, url, at] };
      const forgets = { statement: purgeDisabled, values: [ownerId] };
      await database.write(at === null ? [enables] : [disables, forgets]);
    },
    disabled: (ownerId) => database.read(disabled, [ownerId]),
    secrets: (ownerId, now) => database.read<StoredWebhookSecret>(secrets, [ownerId, now]),
    async addSecret({ ownerId, secret, createdAt, expiresAt }, { now, othersUntil, onlyFirst }) {
      await database.write([
        { statement: waitToAdd, values: [ownerId] },
        { statement: addSecret, values: [ownerId, secret, createdAt, expiresAt, now, othersUntil, onlyFirst] },
      ]);
    },
  };
}

/** Above every id: a UUID in lower case begins with a hexadecimal digit. */
const aboveEveryId = '~';

async function list(
  database: Database,
  { ownerId, jobId, state, before = aboveEveryId, limit }: Parameters<WebhookStore['list']>[0],
): Promise<readonly ListedDelivery[]> {
  assertLimit(limit, 1_000);
  const page = [before, limit, state === undefined ? deliveryStates : [state]];
  const rows = await (jobId !== undefined
    ? database.read<ListedDelivery>(listOfJob, [...page, jobId, ownerId])
    : ownerId !== null
      ? database.read<ListedDelivery>(listOwned, [...page, ownerId])
      : database.read<ListedDelivery>(listAll, page));
  return rows;
}

import {
  applyD1Migrations, createExecutionContext, evictDurableObject, runDurableObjectAlarm, runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker from '../../src/main/cloudflare/worker.ts';
import type { Bindings, DurableObjectContext } from '../../src/main/cloudflare/bindings.ts';
import type { AccountCalls, JobCalls } from '../../src/main/cloudflare/calls.ts';
import { rowsOf } from '../../src/stores/d1/database.ts';

/** The Worker inside this runtime, called like from outside, and a look into its objects. */

export const secret = 'dev-callback-secret';

export async function migrateD1(): Promise<void> {
  await applyD1Migrations(env.DB, env.D1_MIGRATIONS);
}

export interface Answer {
  readonly status: number;
  // Tests read what the contract says is there; a wrong shape fails the expectation that follows.
  readonly body: any;
}

export async function call(
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const request = new Request(`http://127.0.0.1:8787${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await worker.fetch(request, env);
  return { status: response.status, body: await response.json() };
}

let users = 0;

/** A user nobody has seen before: on plan free, with 10 credits. */
export function newUser(): EdgeUser {
  return new EdgeUser(`edge-${++users}`);
}

export class EdgeUser {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  get limiter(): AccountCalls {
    return env.USER_LIMITER.getByName(this.id);
  }

  get(path: string): Promise<Answer> {
    return call('GET', path, undefined, { authorization: `Bearer ${this.id}` });
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return call('POST', path, body, { authorization: `Bearer ${this.id}`, ...headers });
  }

  async create(itemCount: number): Promise<string> {
    return must(await this.post('/api/jobs', { preset: 'seller', itemCount })).jobId;
  }

  async queued(itemCount: number): Promise<string> {
    const jobId = await this.create(itemCount);
    must(await this.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: itemCount }));
    must(await this.post(`/api/jobs/${jobId}/execute`));
    return jobId;
  }

  async me(): Promise<Record<string, unknown>> {
    return must(await this.get('/api/user/me'));
  }

  async status(jobId: string): Promise<string> {
    return must(await this.get(`/api/jobs/${jobId}`)).status;
  }
}

/** Plan pro, with this many credits. */
export async function newPro(credits: number): Promise<EdgeUser> {
  const user = newUser();
  must(await new EdgeUser('admin').post(`/api/accounts/${user.id}/grants`, { credits: credits - 10, plan: 'pro' }));
  return user;
}

export function must({ status, body }: Answer): any {
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.data;
}

export function callback(jobId: string, idx: number, said: object = {}): Promise<Answer> {
  const body = { idx, status: 'done', idempotency_key: `${jobId}-item-${idx}`, ...said };
  return call('POST', `/api/jobs/${jobId}/callback`, body, { 'x-gpu-callback-secret': secret });
}

export function coordinator(jobId: string): JobCalls {
  return env.JOB_COORDINATOR.getByName(jobId);
}

/** SQL inside an object, which is then taken out of memory, so that nothing remembers how it was. */
export async function inObject(stub: object, sql: string, ...params: (string | number | null)[]): Promise<unknown[]> {
  const rows = await runInDurableObject(stub, (_instance, { storage }) => storage.sql.exec(sql, ...params).toArray());
  await evictDurableObject(stub);
  return rows;
}

/** A row of a job's object, as it is stored: see `stores/durable-object/job-rows.ts`. */
export interface JobRow {
  events?: { at: number; body: Record<string, unknown> }[];
  outbox?: {
    id: number; topic: string; payload: unknown; createdAt: number; attempts: number; dueAt: number; error?: string;
  }[];
  objects?: { part: string; endedAt: number; purgedAt: number | null; dueAt: number | null }[];
  [other: string]: unknown;
}

export function rowsOfJob(jobId: string): Promise<JobRow[]> {
  return runInDurableObject(coordinator(jobId), (_instance, { storage }) => readRows(storage));
}

function readRows({ sql }: DurableObjectContext['storage']): JobRow[] {
  const rows = sql.exec('SELECT body FROM commits ORDER BY id').toArray() as { body: string }[];
  return rows.map(({ body }) => JSON.parse(body) as JobRow);
}

/** Changes what a job's object has stored, and takes the object out of memory. */
export async function rewrite(jobId: string, change: (rows: JobRow[]) => void): Promise<void> {
  await runInDurableObject(coordinator(jobId), (_instance, { storage }) => {
    const rows = readRows(storage);
    change(rows);
    for (const [at, row] of rows.entries()) {
      const sql = 'INSERT OR REPLACE INTO commits (id, body) VALUES (?, ?)';
      storage.sql.exec(sql, at + 1, JSON.stringify(row)).toArray();
    }
  });
  await evictDurableObject(coordinator(jobId));
}

/** What waits to be said. */
export function waitingIn(rows: JobRow[]): NonNullable<JobRow['outbox']> {
  return rows.findLast(({ outbox }) => outbox !== undefined)?.outbox ?? [];
}

export function objectsIn(rows: JobRow[]): NonNullable<JobRow['objects']> {
  return rows.findLast(({ objects }) => objects !== undefined)?.objects ?? [];
}

/** Makes everything in the job's outbox due, and rings until nothing is left to be said or it fails again. */
export async function ring(jobId: string): Promise<void> {
  await rewrite(jobId, (rows) => {
    for (const one of waitingIn(rows)) one.dueAt = 1;
  });
  await alarmNow(coordinator(jobId));
}

/** Rings, whether or not an alarm is set. */
export async function alarmNow(stub: object): Promise<void> {
  await runInDurableObject(stub, (_instance, { storage }) => storage.setAlarm(Date.now() + 60_000));
  await runDurableObjectAlarm(stub);
}

/** Lets the job have been created a minute and a half ago, and rings. */
export async function growOld(jobId: string): Promise<void> {
  await rewrite(jobId, ([first]) => {
    for (const event of first?.events ?? []) event.at = Date.now() - 90_000;
  });
  await alarmNow(coordinator(jobId));
}

/** Lets the job's deadline have passed. */
export function overdue(jobId: string): Promise<void> {
  return rewrite(jobId, (rows) => {
    const dated = rows.flatMap(({ events = [] }) => events).filter(({ body }) => 'deadlineAt' in body);
    const last = dated.at(-1);
    if (last !== undefined) last.body['deadlineAt'] = 1;
  });
}

export async function outboxOf(jobId: string): Promise<unknown[]> {
  return waitingIn(await rowsOfJob(jobId)).map(({ topic, attempts, error }) => ({
    topic, attempts, last_error: error ?? null,
  }));
}

/** Changes what a user's object has stored of its account, and takes the object out of memory. */
export async function rewriteAccount(stub: object, change: (head: AccountHead) => void): Promise<void> {
  const [row] = await inObject(stub, "SELECT body FROM account_rows WHERE key = 'account'");
  const head = JSON.parse((row as { body: string }).body) as AccountHead;
  change(head);
  await inObject(stub, "UPDATE account_rows SET body = ? WHERE key = 'account'", JSON.stringify(head));
}

interface AccountHead {
  held: { createdAt: number }[];
  [other: string]: unknown;
}

export function d1(sql: string, ...params: (string | number)[]): Promise<readonly unknown[]> {
  return rowsOf(env.DB, sql, params);
}

export async function cron(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled(null, env, context);
  await waitOnExecutionContext(context);
}

/** The environment with other settings: the Worker reads it anew for each environment. */
export function envWith(vars: Record<string, string>): Bindings {
  return { ...env, ...vars };
}

import {
  applyD1Migrations, createExecutionContext, evictDurableObject, runDurableObjectAlarm, runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker from '../../src/main/cloudflare/worker.ts';
import type { Bindings } from '../../src/main/cloudflare/bindings.ts';
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

/** Makes everything in the object's outbox due, and rings until nothing is left to be said or it fails again. */
export async function ring(stub: object): Promise<void> {
  await inObject(stub, 'UPDATE outbox_rows SET due_at = 1 WHERE due_at IS NOT NULL');
  await runDurableObjectAlarm(stub);
}

/** Lets the job have been created long ago, and rings. */
export async function growOld(jobId: string): Promise<void> {
  await inObject(coordinator(jobId), 'UPDATE job_rows SET created_at = 1');
  await runDurableObjectAlarm(coordinator(jobId));
}

export async function outboxOf(jobId: string): Promise<unknown[]> {
  return runInDurableObject(coordinator(jobId), (_instance, { storage }) =>
    storage.sql.exec('SELECT topic, attempts, last_error FROM outbox_rows ORDER BY id').toArray(),
  );
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

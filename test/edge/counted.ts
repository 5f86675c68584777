import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { DurableObjectContext } from '../../src/main/cloudflare/bindings.ts';
import { JobCoordinatorDO, UserLimiterDO } from '../../src/main/cloudflare/worker.ts';
import type { D1Result } from '../../src/stores/d1/database.ts';

/** What is paid for in a sort of objects. */
interface OfObjects {
  /** Written, those of indexes and of tables that were made included. */
  rows: number;
  /** That were set: each is paid for as a row. */
  alarms: number;
  /** Calls, and alarms that rang. */
  requests: number;
}

export interface Counted {
  readonly job: OfObjects;
  readonly user: OfObjects;
  /** For the message of each job, which the runtime delivers when it likes: in the object of those that are pulled. */
  readonly pullQueue: Map<string, number>;
  /** Rows written in D1. */
  d1: number;
}

type Storage = DurableObjectContext['storage'];
type Method = (...args: unknown[]) => unknown;
type By = (original: Method) => (this: unknown, ...args: unknown[]) => unknown;

/** All that is written while `work` runs, in whatever objects, by the runtime's own count. */
export async function counting(work: () => Promise<void>): Promise<Counted> {
  const none = { rows: 0, alarms: 0, requests: 0 };
  const counted: Counted = { job: { ...none }, user: { ...none }, pullQueue: new Map(), d1: 0 };
  const replaced = new Replaced();
  countRequests(replaced, counted);
  const addRows = await countRows(replaced, counted);
  countD1(replaced, counted);
  try {
    await work();
  } finally {
    replaced.undo();
  }
  addRows();
  return counted;
}

export function rowsOf({ job, user, d1 }: Counted): number {
  return job.rows + job.alarms + user.rows + user.alarms + d1;
}

class Replaced {
  readonly #undo: (() => void)[] = [];

  method(prototype: object, name: string, by: By): void {
    const methods = prototype as Record<string, Method>;
    const original = methods[name] as Method;
    methods[name] = by(original);
    this.#undo.push(() => void (methods[name] = original));
  }

  undo(): void {
    for (const each of this.#undo.reverse()) each();
  }
}

function countRequests(replaced: Replaced, counted: Counted): void {
  for (const [name, { prototype }] of [['job', JobCoordinatorDO], ['user', UserLimiterDO]] as const) {
    for (const method of Object.getOwnPropertyNames(prototype)) {
      if (method === 'constructor') continue;
      replaced.method(prototype, method, (original) => function (...args) {
        counted[name].requests += 1;
        return original.apply(this, args);
      });
    }
  }
}

/** A cursor counts while it is read: so its rows are added at the end. */
async function countRows(replaced: Replaced, counted: Counted): Promise<() => void> {
  const written: (() => void)[] = [];
  // All objects of a runtime have the same prototypes.
  await runInDurableObject<object, void>(env.USER_LIMITER.getByName('looked-into') as object, (_, { storage }) => {
    const { exec } = storage.sql;
    const isJob = (of: Storage): boolean =>
      exec.call(of.sql, "SELECT 1 FROM sqlite_master WHERE name = 'commits'").toArray().length > 0;
    replaced.method(Object.getPrototypeOf(storage.sql), 'exec', (original) => function (...args) {
      const cursor = original.apply(this, args) as { readonly rowsWritten: number };
      written.push(() => addTo(counted, args, cursor.rowsWritten));
      return cursor;
    });
    // To ring an alarm by hand deletes it; the objects themselves never do.
    replaced.method(Object.getPrototypeOf(storage), 'setAlarm', (original) => function (...args) {
      counted[isJob(this as Storage) ? 'job' : 'user'].alarms += 1;
      return original.apply(this, args);
    });
  });
  return () => written.forEach((add) => add());
}

function addTo({ job, user, pullQueue }: Counted, [query, ...values]: unknown[], rows: number): void {
  const text = String(query);
  if (/queue_messages|schema_migrations/.test(text)) {
    const jobId = String(values.find((value) => typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value)));
    pullQueue.set(jobId, (pullQueue.get(jobId) ?? 0) + rows);
  } else if (text.includes('commits')) job.rows += rows;
  else user.rows += rows;
}

function countD1(replaced: Replaced, counted: Counted): void {
  const add = ({ meta }: D1Result): void => void (counted.d1 += meta.rows_written);
  replaced.method(Object.getPrototypeOf(env.DB.prepare('SELECT 1')), 'all', (original) => async function (...args) {
    const result = (await original.apply(this, args)) as D1Result;
    add(result);
    return result;
  });
  replaced.method(Object.getPrototypeOf(env.DB), 'batch', (original) => async function (...args) {
    const results = (await original.apply(this, args)) as D1Result[];
    results.forEach(add);
    return results;
  });
}

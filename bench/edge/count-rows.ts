import type worker from '../../src/main/cloudflare/worker.ts';
import type { Bindings, DurableObjectContext } from '../../src/main/cloudflare/bindings.ts';

/* Counts the rows that the Worker writes, as they are billed. */

interface Cursor {
  readonly rowsWritten: number;
  toArray(): unknown[];
}

/** A cursor knows how many rows it wrote once it has been read. */
let cursors: { readonly where: string; readonly cursor: Cursor }[] = [];
let others: Record<string, number> = {};

function add(where: string, rows: number): void {
  others[where] = (others[where] ?? 0) + rows;
}

function countIn(where: string, { storage }: DurableObjectContext): void {
  const sql = storage.sql as { exec(query: string, ...bindings: unknown[]): Cursor };
  const exec = sql.exec.bind(sql);
  sql.exec = (query, ...bindings) => {
    // Of several statements a cursor counts the last.
    const [last = '', ...before] = bindings.length > 0 ? [query] : query.split(/;\s*\n/).filter(hasCode).toReversed();
    for (const statement of before.toReversed()) {
      const cursor = exec(statement);
      cursor.toArray();
      cursors.push({ where, cursor });
    }
    const cursor = exec(last, ...bindings);
    cursors.push({ where, cursor });
    return cursor;
  };
  const alarms = storage as { -readonly [Name in 'setAlarm' | 'deleteAlarm']: (typeof storage)[Name] };
  const set = storage.setAlarm.bind(storage);
  const remove = storage.deleteAlarm.bind(storage);
  const written = `${where}, alarms`;
  alarms.setAlarm = (at) => (add(written, 1), set(at));
  alarms.deleteAlarm = () => (add(written, 1), remove());
}

function hasCode(statement: string): boolean {
  return statement.split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('--'));
}

type ObjectClass = new (ctx: DurableObjectContext, env: Bindings) => object;

function counting(name: string, base: ObjectClass): ObjectClass {
  return new Proxy(base, {
    construct(target, [ctx, env]: [DurableObjectContext, Bindings], made) {
      countIn(name, ctx);
      return Reflect.construct(target, [ctx, countingD1(env)], made) as object;
    },
  });
}

interface Answered {
  readonly meta: { readonly rows_written: number };
}

interface Statement {
  bind(...values: unknown[]): Statement;
  all(): Promise<Answered>;
}

/** What stands behind a statement that counts. */
const inner = new WeakMap<object, Statement>();

function countingStatement(statement: Statement): Statement {
  const outer: Statement = {
    bind: (...values) => countingStatement(statement.bind(...values)),
    all: async () => counted(await statement.all()),
  };
  inner.set(outer, statement);
  return outer;
}

function counted(answer: Answered): Answered {
  add('D1', answer.meta.rows_written);
  return answer;
}

function countingD1(env: Bindings): Bindings {
  const database = env.DB as unknown as { prepare(sql: string): Statement; batch(of: unknown[]): Promise<Answered[]> };
  const DB = {
    prepare: (sql: string) => countingStatement(database.prepare(sql)),
    batch: async (of: Statement[]) => (await database.batch(of.map((one) => inner.get(one)))).map(counted),
  };
  return { ...env, DB: DB as unknown as Bindings['DB'] };
}

/** The exports of a Worker as those of one that counts; its GET /rows-written answers the counts and forgets them. */
export default function countRows(exported: Record<string, unknown> & { readonly default: typeof worker }): object {
  const objects = Object.entries(exported).filter(([name]) => name !== 'default');
  const fetch = async (request: Request, env: Bindings): Promise<Response> =>
    answered(request) ?? exported.default.fetch(request, env);
  return {
    ...Object.fromEntries(objects.map(([name, made]) => [name, counting(name, made as ObjectClass)])),
    default: { ...exported.default, fetch },
  };
}

function answered(request: Request): Response | null {
  if (new URL(request.url).pathname !== '/rows-written') return null;
  for (const { where, cursor } of cursors) add(where, cursor.rowsWritten);
  const data = others;
  cursors = [];
  others = {};
  return Response.json({ success: true, data });
}

import pg from 'pg';
import { outageBehind, StoreAnswerLost } from '../../ports/store/unreachable.ts';
import { endsConnection, isPoolExhausted, isRefusal, TransactionRefused, unreachable } from './failures.ts';
import type { Settings } from './options.ts';
import type { Call, Statement } from './statement.ts';

export interface Answer<Row> {
  readonly rows: readonly Row[];
  /** Rows returned or changed. */
  readonly count: number;
}

/**
 * What the store needs of PostgreSQL: single statements, several that see one moment, and several
 * that are stored together.
 *
 * A transaction is sent whole, COMMIT included, before the first answer is awaited (pipelining). So it
 * costs one round trip, is never open while this process thinks, sleeps or dies, and needs nothing of
 * its connection before or after. What would stop a transaction half-way (a version that has moved)
 * has to fail in SQL instead; then COMMIT takes everything back.
 *
 * On a direct connection statements are prepared under their names. Through a proxy nothing is left in a session.
 */
export interface Database {
  /** One statement that only reads. */
  read<Row>(statement: Statement, values: Call['values']): Promise<readonly Row[]>;
  /** Statements that only read, and see one state. Their rows in the same order. */
  snapshot(calls: readonly Call[]): Promise<readonly (readonly unknown[])[]>;
  /**
   * All that the statements write, or nothing. Throws `StoreUnreachable` or `TransactionRefused` when
   * nothing was stored for sure; after any other error nobody knows.
   */
  write<Row>(calls: readonly Call[]): Promise<readonly Answer<Row>[]>;
  /** A connection for statements that have no name; given back when `work` ends. For migrations. */
  session<T>(work: (run: RunText) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export type RunText = <Row>(sql: string, values?: readonly (string | number)[]) => Promise<readonly Row[]>;

/**
 * Every statement here goes by an index on purpose. The planner, which may have seen the tables while they were
 * empty, would otherwise keep a plan that reads them from end to end until their statistics are next renewed; and
 * bitmaps would lock the rows of a commit in another order (see `commit.ts`). It cannot be told what to join with
 * what first: so whatever is joined with an array is also looked up by it (`id = ANY(...)`), or from within a subselect
 * that may not be flattened (`OFFSET 0`). Without nested loops it takes a hash of the array, instead of the whole array
 * for each row. Statements are planned once, not for each of their first five calls.
 */
const planning = ['enable_seqscan=off', 'enable_bitmapscan=off', 'enable_nestloop=off', 'jit=off'];
/** What a direct connection begins with. */
export const sessionOptions = [...planning, 'plan_cache_mode=force_generic_plan'].map((each) => `-c ${each}`).join(' ');

const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED';
const beginSnapshot = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** After a connection could not be made the next attempts are spared for so long: many may be waiting to try. */
const failFastMs = 250;
/** How much longer than the server's own limit an answer is awaited, before the connection is given up. */
const patienceMs = 5_000;

/** Times and amounts are far below 2^53: as numbers. */
const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

export function openDatabase(settings: Settings): Database {
  return new PooledDatabase(settings);
}

class PooledDatabase implements Database {
  readonly #pool: pg.Pool;
  readonly #settings: Settings;
  /** What is said with BEGIN where nothing can be set for the session. */
  readonly #local: string;
  #failure: { readonly at: number; readonly error: Error } | null = null;

  constructor(settings: Settings) {
    const { url, poolSize, proxied, connectTimeoutMs, statementTimeoutMs } = settings;
    this.#settings = settings;
    const limit = `statement_timeout=${statementTimeoutMs}`;
    this.#local = proxied ? [...planning, limit].map((each) => `; SET LOCAL ${each}`).join('') : '';
    this.#pool = new pg.Pool({
      ...connectionOf(url, proxied ? null : `${sessionOptions} -c ${limit}`),
      max: poolSize,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: 60_000,
      pipeline: true,
      types,
    } as pg.PoolConfig);
    // A connection that breaks fails its statements, or leaves the pool: there is nothing more to do about it.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async read<Row>(statement: Statement, values: Call['values']): Promise<readonly Row[]> {
    const [answer] = await this.#again(() => this.#send([{ statement, values }], null));
    return (answer?.rows ?? []) as Row[];
  }

  async snapshot(calls: readonly Call[]): Promise<readonly (readonly unknown[])[]> {
    const answers = await this.#again(() => this.#send(calls, calls.length > 1 ? beginSnapshot : null));
    return answers.map(({ rows }) => rows);
  }

  async write<Row>(calls: readonly Call[]): Promise<readonly Answer<Row>[]> {
    const answers = await this.#told(this.#send(calls, calls.length > 1 ? begin : null));
    this.#settings.watch?.worked('write');
    return answers.map(({ rows, rowCount }) => ({ rows: rows as Row[], count: rowCount ?? 0 }));
  }

  async session<T>(work: (run: RunText) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let broken = true;
    try {
      const result = await work(async <Row>(sql: string, values: readonly (string | number)[] = []) => {
        // Without values a script of several statements may be sent.
        const { rows } = await (values.length === 0 ? client.query(sql) : client.query(sql, [...values]));
        return rows as Row[];
      });
      broken = false;
      return result;
    } finally {
      client.release(broken);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  /** For what only reads: a connection that turns out to be broken is replaced, once. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreAnswerLost)) return this.#told(Promise.reject(error as Error));
      return this.#told(work());
    }
  }

  async #send(calls: readonly Call[], opening: string | null): Promise<readonly pg.QueryResult[]> {
    const client = await this.#connect();
    const sent: Promise<pg.QueryResult>[] = [];
    if (opening !== null) sent.push(client.query(opening + this.#local));
    calls.forEach(({ statement: { name, text }, values }, index) => {
      const config: pg.QueryConfig & { query_timeout?: number } = { text, values: values as unknown[] };
      if (!this.#settings.proxied) config.name = name;
      if (opening === null && index === calls.length - 1) config.query_timeout = this.#patience;
      sent.push(client.query(config));
    });
    if (opening !== null) {
      sent.push(client.query({ text: 'COMMIT', query_timeout: this.#patience } as pg.QueryConfig));
    }
    const outcomes = await Promise.allSettled(sent);
    const failed = outcomes.findIndex(({ status }) => status === 'rejected');
    if (failed === -1) {
      client.release();
      this.#settings.watch?.worked('read');
      const results = outcomes.map((outcome) => (outcome as PromiseFulfilledResult<pg.QueryResult>).value);
      return opening === null ? results : results.slice(1, -1);
    }
    const { reason } = outcomes[failed] as PromiseRejectedResult;
    const last = outcomes[outcomes.length - 1] as PromiseSettledResult<pg.QueryResult>;
    const usable = isRefusal(reason) && (last.status === 'fulfilled' || isRefusal(last.reason));
    client.release(!usable);
    throw verdict(reason, failed < outcomes.length - 1);
  }

  /** Whoever watches the store hears of an outage. */
  async #told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const outage = outageBehind(error);
      if (outage !== null) this.#settings.watch?.failed(outage);
      throw error;
    }
  }

  get #patience(): number {
    return this.#settings.statementTimeoutMs + patienceMs;
  }

  async #connect(): Promise<pg.PoolClient> {
    const failure = this.#failure;
    if (failure !== null && performance.now() - failure.at < failFastMs) throw failure.error;
    try {
      const client = await this.#pool.connect();
      this.#failure = null;
      return client;
    } catch (error) {
      const failed = unreachable(error, this.#settings.url);
      if (!isPoolExhausted(error)) this.#failure = { at: performance.now(), error: failed };
      throw failed;
    }
  }
}

/**
 * What a failed transaction means. A statement that is refused takes all of its transaction back. So does the
 * end of the connection by the server's own word before it had come to COMMIT (`early`); after that, and when
 * the line just broke, the commit may have been stored and its answer lost.
 */
function verdict(reason: unknown, early: boolean): Error {
  if (isRefusal(reason)) return new TransactionRefused(reason);
  if (reason instanceof pg.DatabaseError && endsConnection(reason) && early) return new TransactionRefused(reason);
  return new StoreAnswerLost(`The connection to PostgreSQL was lost: ${(reason as Error).message}`, { cause: reason });
}

/** `options` are what the session begins with; those in the URL come after them, and win. */
export function connectionOf(url: string, options: string | null): pg.ClientConfig {
  const given = URL.canParse(url) ? new URL(url) : null;
  const own = given?.searchParams.get('options') ?? null;
  given?.searchParams.delete('options');
  const all = [options, own].filter((each) => each !== null).join(' ');
  return {
    connectionString: given?.href ?? url,
    application_name: 'waybill',
    keepAlive: true,
    ...(all === '' ? {} : { options: all }),
  };
}

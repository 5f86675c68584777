import pg from 'pg';
import { InvariantViolation } from '../../domain/errors.ts';
import { outageBehind, StoreAnswerLost, StoreUnreachable } from '../../ports/store/unreachable.ts';
import { endsConnection, isPoolExhausted, isRefusal, TransactionRefused, unreachable } from './failures.ts';
import type { Settings } from './options.ts';
import type { Call, Statement } from './statement.ts';
import { Group, type Answer as GroupAnswer } from './wire/group.ts';

type Answer<Row> = Omit<GroupAnswer, 'rows'> & { readonly rows: readonly Row[] };

/**
 * What the store needs of PostgreSQL: single statements, several that see one moment, and several
 * that are stored together.
 *
 * A transaction is sent whole, its end included, before the first answer is awaited (see `Group`). So it
 * costs one round trip, is never open while this process thinks, sleeps or dies, and needs nothing of
 * its connection before or after. What would stop a transaction half-way (a version that has moved)
 * has to fail in SQL instead, which takes everything back.
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
export const sessionOptions = [
  ...planning, 'plan_cache_mode=force_generic_plan', 'default_transaction_isolation=read\\ committed',
].map((each) => `-c ${each}`).join(' ');

/** Statements around those of a transaction. */
interface Around {
  readonly before: readonly Call[];
  readonly after: readonly Call[];
}

/** What is sent together is one transaction as it is. */
const nothing: Around = { before: [], after: [] };
const plain = (name: string, text: string): Call => ({ statement: { name, text }, values: [] });
const begin = plain('begin', 'BEGIN ISOLATION LEVEL READ COMMITTED');
const beginSnapshot = plain('begin_snapshot', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
const commit = plain('commit', 'COMMIT');

/** After a connection could not be made the next attempts are spared for so long: many may be waiting to try. */
const failFastMs = 250;
/** How much longer than the server's own limit an answer is awaited, before the connection is given up. */
const patienceMs = 5_000;

/** Times and amounts are far below 2^53: as numbers. */
function parserOf(typeOid: number): (text: string) => unknown {
  return typeOid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(typeOid, 'text');
}

function setLocally(settings: readonly string[]): Call {
  const each = settings.map((setting) => `set_config('${setting.replace('=', "', '")}', true)`);
  return plain('set_locally', `SELECT ${each.join(', ')}`);
}

export function openDatabase(settings: Settings): Database {
  return new PooledDatabase(settings);
}

class PooledDatabase implements Database {
  readonly #pool: pg.Pool;
  readonly #settings: Settings;
  /** Around several statements that write, and several that only read. */
  readonly #transaction: Around;
  readonly #snapshot: Around;
  #failure: { readonly at: number; readonly error: Error } | null = null;

  constructor(settings: Settings) {
    const { url, poolSize, proxied, connectTimeoutMs, statementTimeoutMs } = settings;
    this.#settings = settings;
    const limit = `statement_timeout=${statementTimeoutMs}`;
    // Where nothing can be set for the session it is set for the transaction.
    const local = proxied ? [setLocally([...planning, limit])] : [];
    this.#transaction = proxied ? { before: [begin, ...local], after: [commit] } : nothing;
    this.#snapshot = { before: [beginSnapshot, ...local], after: [commit] };
    this.#pool = new pg.Pool({
      ...connectionOf(url, proxied ? null : `${sessionOptions} -c ${limit}`),
      max: poolSize,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: 60_000,
    });
    // A connection that breaks fails its statements, or leaves the pool: there is nothing more to do about it.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async read<Row>(statement: Statement, values: Call['values']): Promise<readonly Row[]> {
    const [answer] = await this.#again(() => this.#send([{ statement, values }], nothing));
    return (answer?.rows ?? []) as Row[];
  }

  async snapshot(calls: readonly Call[]): Promise<readonly (readonly unknown[])[]> {
    const answers = await this.#again(() => this.#send(calls, calls.length > 1 ? this.#snapshot : nothing));
    return answers.map(({ rows }) => rows);
  }

  async write<Row>(calls: readonly Call[]): Promise<readonly Answer<Row>[]> {
    const answers = await this.#told(this.#send(calls, calls.length > 1 ? this.#transaction : nothing));
    this.#settings.watch?.worked('write');
    return answers as readonly Answer<Row>[];
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
      const isEnded = error instanceof TransactionRefused && outageBehind(error) instanceof StoreUnreachable;
      const isBroken = error instanceof StoreAnswerLost || isEnded;
      return this.#told(isBroken ? work() : Promise.reject(error as Error));
    }
  }

  async #send(calls: readonly Call[], { before, after }: Around): Promise<readonly GroupAnswer[]> {
    const client = await this.#connect();
    const named = !this.#settings.proxied;
    const timeoutMs = this.#settings.statementTimeoutMs + patienceMs;
    const group = new Group([...before, ...calls, ...after], { named, timeoutMs, parserOf });
    client.query(group);
    try {
      const answers = await group.done;
      client.release();
      this.#settings.watch?.worked('read');
      return answers.slice(before.length, before.length + calls.length);
    } catch (error) {
      if (error instanceof InvariantViolation) {
        client.release();
        throw error;
      }
      const isOpen = isRefusal(error) && after.length > 0;
      const isUsable = isOpen ? await client.query('ROLLBACK').then(() => true, () => false) : isRefusal(error);
      client.release(!isUsable);
      throw verdict(error, group.answered < before.length + calls.length);
    }
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
 * end of the connection by the server's own word before all statements were answered (`early`), as it comes to the
 * transaction's end after them; after that, and when the line just broke, the commit may have been stored and its
 * answer lost.
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

import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

/** What one phase took of each part, a task. */
export interface Costs {
  /** Microseconds of the processor in this process: the server, and what adds the tasks. */
  readonly node: number;
  /** The same of the processes that it started and that have ended meanwhile: handlers, or a worker. */
  readonly workers: number;
  /** The same of PostgreSQL, all its processes. */
  readonly postgres: number;
  readonly wal: Wal;
  /** At most, MB. */
  readonly heap: number;
  readonly resident: number;
}

/** What PostgreSQL wrote to its log, a task. */
export interface Wal {
  readonly bytes: number;
  /** New versions of rows, and how many of them moved nothing in an index. */
  readonly versions: number;
  readonly hot: number;
  readonly deleted: number;
  readonly indexEntries: number;
}

const noWal: Wal = { bytes: 0, versions: 0, hot: 0, deleted: 0, indexEntries: 0 };

/** What a phase costs, whatever else the machine does meanwhile: times are the processor's. */
export class CostMeter {
  readonly #server: ServerMeter | null;

  private constructor(server: ServerMeter | null) {
    this.#server = server;
  }

  /** @param url of the database whose server is measured too, as its superuser; null: there is none */
  static async open(url: string | null): Promise<CostMeter> {
    return new CostMeter(url === null ? null : await ServerMeter.open(url));
  }

  async measure(count: number, phase: () => Promise<unknown>): Promise<Costs> {
    const [cpu, workers, server] = [process.cpuUsage(), endedChildren(), await this.#server?.begin()];
    let [heap, resident] = [0, 0];
    const look = setInterval(() => {
      const memory = process.memoryUsage();
      heap = Math.max(heap, memory.heapUsed);
      resident = Math.max(resident, memory.rss);
    }, 50);
    await phase();
    clearInterval(look);
    const { user, system } = process.cpuUsage(cpu);
    const { microseconds = 0, wal = noWal } = (await server?.(count)) ?? {};
    return {
      node: (user + system) / count, workers: (endedChildren() - workers) / count, postgres: microseconds / count, wal,
      heap: heap / 2 ** 20, resident: resident / 2 ** 20,
    };
  }

  /** The statements that took most of PostgreSQL's time, microseconds a task, since `forgetStatements`. */
  async statements(count: number): Promise<readonly string[]> {
    return (await this.#server?.statements(count)) ?? [];
  }

  async forgetStatements(): Promise<void> {
    await this.#server?.forgetStatements();
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

/** https://www.postgresql.org/docs/current/pgwalinspect.html */
const walSince = `SELECT "resource_manager/record_type" AS sort, count::float8 FROM pg_get_wal_stats($1, $2, true)`;
const entries = new Set(['Btree/INSERT_LEAF', 'Btree/INSERT_POST', 'Btree/SPLIT_L', 'Btree/SPLIT_R']);
const slowest = `SELECT calls::float8, total_exec_time AS ms, left(regexp_replace(query, '\\s+', ' ', 'g'), 70) AS text
  FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 12`;

class ServerMeter {
  readonly #client: pg.Client;
  readonly #postmaster: number;

  constructor(client: pg.Client, postmaster: number) {
    this.#client = client;
    this.#postmaster = postmaster;
  }

  static async open(url: string): Promise<ServerMeter> {
    const client = new pg.Client(url);
    await client.connect();
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_walinspect');
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    const { rows: [session] } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return new ServerMeter(client, statOf(session?.pid ?? 0)?.parent ?? 0);
  }

  async begin(): Promise<(count: number) => Promise<{ microseconds: number; wal: Wal }>> {
    // Each page is written as a whole once after a checkpoint: the same for every phase.
    await this.#client.query('CHECKPOINT');
    const [from, began] = [await this.#end(), this.#microseconds()];
    return async (count) => {
      const microseconds = this.#microseconds() - began;
      return { microseconds, wal: await this.#wal(from, count) };
    };
  }

  async #end(): Promise<string> {
    const { rows: [end] } = await this.#client.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
    return end?.lsn ?? '';
  }

  async #wal(from: string, count: number): Promise<Wal> {
    const to = await this.#end();
    const { rows } = await this.#client.query<{ sort: string; count: number }>(walSince, [from, to]);
    const sum = (of: (sort: string) => boolean): number =>
      rows.reduce((all, { sort, count }) => (of(sort.replace('+INIT', '')) ? all + count : all), 0) / count;
    const { rows: [length] } = await this.#client.query<{ bytes: string }>('SELECT $1::pg_lsn - $2::pg_lsn AS bytes', [
      to, from,
    ]);
    return {
      bytes: Number(length?.bytes) / count,
      versions: sum((sort) => /^Heap\/(INSERT|UPDATE|HOT_UPDATE)$/.test(sort)),
      hot: sum((sort) => sort === 'Heap/HOT_UPDATE'),
      deleted: sum((sort) => sort === 'Heap/DELETE'),
      indexEntries: sum((sort) => entries.has(sort)),
    };
  }

  /** Of the server's process and all that it has started, those that have ended included. */
  #microseconds(): number {
    const own = statOf(this.#postmaster);
    let sum = (own?.microseconds ?? 0) + (own?.endedChildren ?? 0);
    for (const name of readdirSync('/proc')) {
      const process = /^\d+$/.test(name) ? statOf(Number(name)) : null;
      if (process?.parent === this.#postmaster) sum += process.microseconds;
    }
    return sum;
  }

  async forgetStatements(): Promise<void> {
    await this.#client.query('SELECT pg_stat_statements_reset()');
  }

  async statements(count: number): Promise<readonly string[]> {
    const { rows } = await this.#client.query<{ calls: number; ms: number; text: string }>(slowest);
    return rows.map(({ calls, ms, text }) => {
      const perTask = ((ms * 1000) / count).toFixed(2).padStart(7);
      return `${perTask} µs, ${calls.toFixed(0).padStart(6)} calls of ${((ms * 1000) / calls).toFixed(0)} µs: ${text}`;
    });
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** So many parts has a second that the kernel counts in, on every Linux. */
const microsecondsPerTick = 10_000;

interface Stat {
  readonly parent: number;
  readonly microseconds: number;
  readonly endedChildren: number;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; null when there is no such process any more. */
function statOf(pid: number | 'self'): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
    const ticks = (first: number): number => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) * microsecondsPerTick;
    return { parent: fields[1] ?? 0, microseconds: ticks(11), endedChildren: ticks(13) };
  } catch {
    return null;
  }
}

function endedChildren(): number {
  return statOf('self')?.endedChildren ?? 0;
}

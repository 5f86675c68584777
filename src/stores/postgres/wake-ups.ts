import pg from 'pg';
import { backoffMs } from '../../domain/retry.ts';
import type { WakeUps } from '../../ports/store/wake-ups.ts';
import { connectionOf } from './database.ts';

/**
 * Wake-ups by LISTEN and NOTIFY. NOTIFY takes a lock at commit that the whole PostgreSQL instance shares, and in the
 * transaction that stores a job makes adding jobs three times slower. So it is sent apart from them, at most every few
 * milliseconds whatever happens meanwhile, on the one connection that listens as well.
 */
export interface ListeningWakeUps extends WakeUps {
  close(): Promise<void>;
}

const channel = 'waybill';
/** Between two notifications; the first one after a while goes at once. */
const quietMs = 10;
const backoff = { firstMs: 100, maxMs: 10_000 };

/** `url` leads to PostgreSQL itself: a proxy that pools transactions does not pass notifications on. */
export function openWakeUps(url: string, connectTimeoutMs: number): ListeningWakeUps {
  return new Listener(url, connectTimeoutMs);
}

class Listener implements ListeningWakeUps {
  readonly #url: string;
  readonly #connectTimeoutMs: number;
  readonly #listeners = new Set<(topic: string | null) => void>();
  readonly #pending = new Set<string>();
  #client: pg.Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** Connections in a row that did not come about, or broke. */
  #losses = 0;
  #flushing: NodeJS.Timeout | null = null;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** The notification under way. */
  #telling: Promise<unknown> | undefined;
  #closed = false;
  #connecting: Promise<void>;

  constructor(url: string, connectTimeoutMs: number) {
    this.#url = url;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#connecting = this.#connect();
  }

  notify(topic: string): void {
    if (this.#closed) return;
    this.#pending.add(topic);
    this.#flushing ??= setTimeout(() => this.#flush(), Math.max(0, this.#toldAt + quietMs - performance.now()));
  }

  listen(wake: (topic: string | null) => void): () => void {
    this.#listeners.add(wake);
    if (this.#client !== null) queueMicrotask(() => this.#listeners.has(wake) && wake(null));
    return () => this.#listeners.delete(wake);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#flushing !== null) clearTimeout(this.#flushing);
    await this.#connecting;
    await this.#client?.end().catch(() => {});
  }

  #flush(): void {
    this.#flushing = null;
    if (this.#telling !== undefined) {
      this.#flushing = setTimeout(() => this.#flush(), quietMs);
      return;
    }
    const topics = [...this.#pending];
    this.#pending.clear();
    this.#toldAt = performance.now();
    const notify = 'SELECT pg_notify($1, topic) FROM unnest($2::text[]) AS topic';
    // Without a connection nobody is told, and finds it by looking.
    this.#telling = this.#client?.query(notify, [channel, topics]).then(
      () => (this.#telling = undefined),
      () => (this.#telling = undefined),
    );
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      ...connectionOf(this.#url, null),
      application_name: 'waybill wake-up',
      connectionTimeoutMillis: this.#connectTimeoutMs,
    });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ payload, processId }) => {
      const own = (client as unknown as { processID: number }).processID;
      if (processId !== own) this.#wake(payload ?? null);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
    } catch {
      await client.end().catch(() => {});
      this.#lost(client);
      return;
    }
    this.#client = client;
    this.#losses = 0;
    // Something may have been said while nobody listened.
    this.#wake(null);
  }

  #lost(client: pg.Client): void {
    if (this.#client !== null && this.#client !== client) return;
    this.#client = null;
    if (this.#closed || this.#retry !== null) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#connecting = this.#connect();
    }, backoffMs(backoff, (this.#losses += 1), Math.random()));
  }

  #wake(topic: string | null): void {
    for (const wake of this.#listeners) wake(topic);
  }
}

import type { StoreWatch } from '../../ports/store/unreachable.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with PostgreSQL's own parameters. Never logged. */
  readonly url: string;
  /** Connections that are open at once, at most; 1 to 500, 10 unless said. */
  readonly poolSize?: number;
  /**
   * Whether the URL leads through a proxy that gives each transaction another connection (PgBouncer in transaction
   * mode). Then nothing is prepared under a name and nothing is set for a session. False unless said.
   */
  readonly proxied?: boolean;
  /**
   * Where a connection of its own, past any proxy, may listen for wake-ups. Unless said, `url`, or with `proxied`
   * nothing: then everyone finds work by looking for it.
   */
  readonly listenUrl?: string | null;
  /** Longest wait for a connection. Milliseconds, 5,000 unless said. */
  readonly connectTimeoutMs?: number;
  /** Longest time that the server gives one statement. Milliseconds, 30,000 unless said. */
  readonly statementTimeoutMs?: number;
  /** Hears when the database cannot be reached or takes no writes, and when it does again. */
  readonly watch?: StoreWatch | undefined;
}

/** The options with every default. */
export interface Settings {
  readonly url: string;
  readonly poolSize: number;
  readonly proxied: boolean;
  readonly listenUrl: string | null;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly watch: StoreWatch | undefined;
}

export function toSettings(options: PostgresOptions): Settings {
  const { url, poolSize = 10, proxied = false, connectTimeoutMs = 5_000, statementTimeoutMs = 30_000, watch } = options;
  const listenUrl = options.listenUrl ?? (proxied ? null : url);
  return { url, poolSize, proxied, listenUrl, connectTimeoutMs, statementTimeoutMs, watch };
}

import type Database from 'better-sqlite3';
import { WalThread } from './node-wal-threads.ts';

/** Pages in the log from which on it is written back, 4 KB each. More pages are written back fewer times each. */
const checkpointPages = 10_000;
/**
 * Longest time that a commit stays in the log alone, in milliseconds: on a quiet server nearly everything is in the
 * file itself, whoever looks at it.
 */
const longestInLogMs = 60_000;
/** Commits between two looks at the log's length. */
const commitsPerLook = 16;

/**
 * Writes the log back into the database so that it does not grow for ever. SQLite's own way does it
 * inside some unlucky COMMIT (20 ms and two waits for the disk); here another thread does nearly all
 * of it on a connection of its own. What was committed meanwhile, a few pages, is written back by the
 * thread that writes: only a log that is written back to its end begins anew.
 */
export class Checkpoints {
  readonly #db: Database.Database;
  readonly #path: string;
  readonly #pages: number;
  readonly #maxMs: number;
  readonly #look: Database.Statement;
  readonly #writeBack: Database.Statement;
  #thread: WalThread | null = null;
  #running: Promise<void> | null = null;
  #commits = 0;
  #due: NodeJS.Timeout | null = null;

  constructor(db: Database.Database, path: string, pages = checkpointPages, maxMs = longestInLogMs) {
    this.#db = db;
    this.#path = path;
    this.#pages = pages;
    this.#maxMs = maxMs;
    this.#look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#writeBack = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** To be called after each COMMIT. Throws nothing, since what was committed is stored whatever happens here. */
  committed(): void {
    this.#commits += 1;
    this.#due ??= setTimeout(() => {
      this.#running ??= this.#run();
    }, this.#maxMs).unref();
    if (this.#running === null && this.#commits % commitsPerLook === 0 && this.#isLong()) this.#running = this.#run();
  }

  /** Resolves when no checkpoint is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    clearTimeout(this.#due ?? undefined);
    await this.idle();
    await this.#thread?.close();
  }

  async #run(): Promise<void> {
    clearTimeout(this.#due ?? undefined);
    this.#due = null;
    this.#thread ??= new WalThread(this.#path);
    // If the other thread cannot, this one does all of it.
    await this.#thread.run('checkpoint').catch(() => {});
    try {
      if (this.#db.open) this.#writeBack.get();
    } catch {
      // A full disk, most likely. The log has everything, and the next look tries again.
    }
    this.#running = null;
  }

  #isLong(): boolean {
    try {
      return (this.#look.get() as { log: number }).log >= this.#pages;
    } catch {
      return false;
    }
  }
}

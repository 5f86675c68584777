/**
 * The body of the threads of `node-wal-threads.ts`: does what it is told, one thing after the other,
 * where waiting for the disk keeps nobody else waiting.
 */
import { fdatasyncSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Statement } from 'better-sqlite3';

export type WalStep = 'sync' | 'checkpoint';
export interface WalOutcome {
  /** Null when it was done. */
  readonly error: string | null;
}

/** Each pass of a checkpoint leaves what was committed while it ran: so few pages may be left to the writer. */
const fewPages = 100;
const maxPasses = 3;

const { path } = workerData as { readonly path: string };
let log: number | null = null;
let writeBack: Statement | null = null;

parentPort?.on('message', (step: WalStep) => void perform(step));

async function perform(step: WalStep): Promise<void> {
  let error: string | null = null;
  try {
    if (step === 'sync') sync();
    else await checkpoint();
  } catch (thrown) {
    error = String(thrown);
  }
  parentPort?.postMessage({ error } satisfies WalOutcome);
}

function sync(): void {
  // It stays the same file while the database is open. For writing, since Windows flushes no other.
  log ??= openSync(`${path}-wal`, 'r+');
  fdatasyncSync(log);
}

async function checkpoint(): Promise<void> {
  writeBack ??= await prepareWriteBack();
  for (let pass = 0; pass < maxPasses; pass++) {
    const { busy, log: pages, checkpointed } = writeBack.get() as { busy: number; log: number; checkpointed: number };
    if (busy !== 0 || pages - checkpointed <= fewPages) return;
  }
}

/** The thread that syncs does not have to load SQLite. */
async function prepareWriteBack(): Promise<Statement> {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(path);
  database.pragma('synchronous = NORMAL');
  return database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
}

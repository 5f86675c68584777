import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Gathered } from './gathered.ts';
import type { FromChild, ToChild } from './wire.ts';

/** A program that has begun. */
export interface RunningProgram<Down> {
  /** Told to the parent with `ready`; plain data. */
  readonly ready?: unknown;
  onMessage(message: Down): void;
  /** The process ends when it resolves. The parent waits for its grace time and then ends it by force. */
  stop(): Promise<void>;
}

/** Said to the parent. What it has not read yet gathers in this process. */
export type SendToParent<Up> = (message: Up) => void;

/**
 * The child's side of a watched process: to be called once, by the program file that `forkWatched` starts. Begins the
 * program with what the parent gave it, and keeps telling the parent that the event loop goes round.
 *
 * The process ends when the program has stopped or could not begin, and by itself when the parent is gone, whatever its
 * own event loop does then. SIGINT and SIGTERM are left to the parent, which says when to stop. `process.send` is taken
 * away from the code that runs here: the channel is not its own.
 */
export function runWatched<Init, Down, Up>(
  begin: (init: Init, send: SendToParent<Up>) => Promise<RunningProgram<Down>>,
): void {
  const toParent = process.send?.bind(process);
  if (toParent === undefined) throw new Error('this program must be started by forkWatched');
  Reflect.deleteProperty(process, 'send');
  // As it is now, whatever is made of it later.
  const exit = process.exit.bind(process);
  const gathered = new Gathered<Up>((messages) => {
    toParent({ type: 'messages', messages }, undefined, undefined, unheard);
  });
  const say = (message: FromChild, told = unheard): void => {
    gathered.flush();
    toParent(message, undefined, undefined, told);
  };
  process.on('disconnect', () => exit(1)).on('SIGINT', () => {}).on('SIGTERM', () => {});
  endWithParent();
  giveWayInMemory();
  let running: RunningProgram<Down> | null = null;
  const start = async (init: Init): Promise<void> => {
    try {
      running = await begin(init, (message) => gathered.add(message));
      say({ type: 'ready', ready: running.ready ?? null });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      say({ type: 'failed', message }, () => exit(1));
    }
  };
  process.on('message', (message: ToChild) => {
    if (message.type === 'messages') for (const one of message.messages) running?.onMessage(one as Down);
    else if (message.type === 'stop') {
      void Promise.resolve(running?.stop()).then(() => exit(0), () => exit(1));
    } else {
      setInterval(() => say({ type: 'beat', rssBytes: process.memoryUsage.rss() }), message.beatMs);
      void start(message.init as Init);
    }
  });
}

const unheard = (): void => {};

/** For a parent that is killed while this event loop is blocked: nobody else would ever end the process then. */
function endWithParent(): void {
  const look = `
    const { workerData } = require('node:worker_threads');
    setInterval(() => {
      if (process.ppid !== workerData.parent) process.kill(workerData.target, 'SIGKILL');
    }, 1_000);`;
  const target = process.platform === 'win32' ? process.pid : -process.pid;
  new Worker(look, { eval: true, workerData: { parent: process.ppid, target }, stdout: true, stderr: true }).unref();
}

/** When the machine has no memory left, Linux ends this process rather than its parent. */
function giveWayInMemory(): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/oom_score_adj', '700');
  } catch {
    // Some sandboxes do not let it: the limits still hold.
  }
}

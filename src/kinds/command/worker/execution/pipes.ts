import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, rmSync, watch, type FSWatcher } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Stream } from '../log/interleaving.ts';

/** The two ends of what a command writes to. */
export interface Pipe {
  readonly reader: Socket;
  /** A file descriptor for the command; to be closed here once it has it. */
  readonly writer: number;
}

export interface Pipes {
  readonly out: Pipe;
  readonly err: Pipe;
  readonly order: WriteOrder;
}

/** The order in which the pipes are written to, as far as the kernel reports it; otherwise there are no turns. */
export class WriteOrder {
  readonly #watchers: FSWatcher[] = [];
  #turns: Stream[] = [];

  constructor(files: Readonly<Record<Stream, string>>) {
    try {
      for (const stream of ['out', 'err'] as const) {
        const watcher = watch(files[stream], { persistent: false }, () => {
          if (this.#turns.at(-1) !== stream && this.#turns.length < maxTurns) this.#turns.push(stream);
        });
        this.#watchers.push(watcher.on('error', () => watcher.close()));
      }
    } catch {
      // As many files are watched as the system allows.
      this.close();
    }
  }

  /** Those since it was asked before. */
  take(): readonly Stream[] {
    const turns = this.#turns;
    if (turns.length > 0) this.#turns = [];
    return turns;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

const maxTurns = 10_000;

/**
 * Real pipes. What Node gives to child processes are sockets: `echo >/dev/stderr` fails on those, and they have room
 * for some hundred short writes only. Null where there is no mkfifo: then they have to do.
 */
export async function makePipes(folder: string): Promise<Pipes | null> {
  const files = { out: join(folder, '.out'), err: join(folder, '.err') };
  const made = await new Promise<boolean>((resolve) => {
    const env = { PATH: process.env['PATH'] };
    const child = spawn('mkfifo', ['-m', '600', files.out, files.err], { stdio: 'ignore', env });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
  let order: WriteOrder | null = null;
  const pipes: Pipe[] = [];
  try {
    if (!made) return null;
    for (const file of [files.out, files.err]) pipes.push(opened(file));
    order = new WriteOrder(files);
    return { out: pipes[0]!, err: pipes[1]!, order };
  } catch {
    order?.close();
    pipes.forEach(closePipe);
    return null;
  } finally {
    for (const file of [files.out, files.err]) rmSync(file, { force: true });
    // What is told of their removal is no turn.
    for (let rounds = 0; rounds < 2; rounds += 1) await setImmediate();
    order?.take();
  }
}

export function closePipes({ out, err, order }: Pipes): void {
  order.close();
  closePipe(out);
  closePipe(err);
}

function closePipe({ reader, writer }: Pipe): void {
  closeSync(writer);
  reader.destroy();
}

function opened(file: string): Pipe {
  // The reader first, without waiting for a writer; and it must not read before there is one, or it sees the end.
  const reading = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writer = openSync(file, constants.O_WRONLY);
    return { reader: new Socket({ fd: reading, readable: true, writable: false }), writer };
  } catch (error) {
    closeSync(reading);
    throw error;
  }
}

import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/** The two ends of what a command writes to. */
export interface Pipe {
  readonly reader: Socket;
  /** A file descriptor for the command; to be closed here once it has it. */
  readonly writer: number;
}

export interface Pipes {
  readonly out: Pipe;
  readonly err: Pipe;
}

/**
 * Real pipes. What Node gives to child processes are sockets: `echo >/dev/stderr` fails on those, and they have room
 * for some hundred short writes only. Null where there is no mkfifo: then they have to do.
 */
export async function makePipes(folder: string): Promise<Pipes | null> {
  const files = [join(folder, '.out'), join(folder, '.err')] as const;
  const made = await new Promise<boolean>((resolve) => {
    const child = spawn('mkfifo', ['-m', '600', ...files], { stdio: 'ignore', env: { PATH: process.env['PATH'] } });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
  try {
    if (!made) return null;
    const out = opened(files[0]);
    try {
      return { out, err: opened(files[1]) };
    } catch {
      closePipe(out);
      return null;
    }
  } catch {
    return null;
  } finally {
    for (const file of files) rmSync(file, { force: true });
  }
}

export function closePipes({ out, err }: Pipes): void {
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

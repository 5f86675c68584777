/**
 * The state of one worker, in a folder where any server can find it:
 *
 *   identity   identifies the supervisor, which creates it before it starts the agent
 *   exit       the agent's exit status, written by the supervisor
 *   output     the agent's standard output and error
 *   work/      the working directory
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, parseStat, type ProcessIdentity } from './process-table.ts';
import { passedOnExit, reasonFromOutput } from '../../ports/provider-exit.ts';
import type { ExitedStatus, WorkerStatus } from '../../ports/provider.ts';

const removed = '.removed-';
const mostOutputBytes = 4_096;

export class WorkerFolder {
  readonly path: string;
  readonly work: string;
  readonly #parent: string;

  constructor(parent: string, workerId: string) {
    this.#parent = parent;
    this.path = join(parent, workerId);
    this.work = join(this.path, 'work');
  }

  /** Not an error if it exists. */
  async make(): Promise<void> {
    await mkdir(this.work, { recursive: true, mode: 0o700 });
  }

  /** Null until a supervisor has written it. */
  async identity(): Promise<ProcessIdentity | null> {
    const [bootId = '', line = '', end] = ((await this.#read('identity')) ?? '').split('\n');
    const found = end === undefined ? null : parseStat(line);
    return found === null ? null : { bootId, pid: found.pid, start: found.start };
  }

  /** Milliseconds since 1970; null if it has not been started. */
  async startedAt(): Promise<number | null> {
    const found = await stat(join(this.path, 'identity')).catch(nullIfMissing);
    return found === null ? null : Math.round(found.mtimeMs);
  }

  /** Prevents any supervisor from starting the agent from now on; false if one already has. */
  async preventStart(): Promise<boolean> {
    try {
      await writeFile(join(this.path, 'identity'), '', { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (code === 'ENOENT') return true;
      throw error;
    }
  }

  async status(): Promise<WorkerStatus> {
    const identity = await this.identity();
    if (identity === null) {
      const isThere = (await stat(this.path).catch(nullIfMissing)) !== null;
      return isThere ? { state: 'starting', problem: null } : { state: 'gone' };
    }
    if ((await this.#exitCode()) === null && isRunning(identity)) return { state: 'running' };
    // Read again, since the supervisor may have written it after the first read.
    return this.#exited(await this.#exitCode());
  }

  async #exited(code: number | null): Promise<ExitedStatus> {
    const ended = { state: 'exited', outOfMemory: false } as const;
    if (code === null) {
      const reason = 'The whole worker was killed, or the machine was rebooted.';
      return { ...ended, exitCode: null, signal: null, reason };
    }
    return { ...ended, ...passedOnExit(code), reason: code === 0 ? null : reasonFromOutput(await this.#outputEnd()) };
  }

  async #exitCode(): Promise<number | null> {
    const found = /^(\d{1,3})\n$/.exec((await this.#read('exit')) ?? '');
    return found === null ? null : Number(found[1]);
  }

  async #outputEnd(): Promise<string> {
    const file = await open(join(this.path, 'output')).catch(nullIfMissing);
    if (file === null) return '';
    try {
      const { size } = await file.stat();
      const length = Math.min(size, mostOutputBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** The rename makes the worker disappear atomically, before its files are deleted. */
  async remove(): Promise<void> {
    const to = join(this.#parent, `${removed}${randomUUID()}`);
    await rename(this.path, to).catch(nullIfMissing);
    await rm(to, { recursive: true, force: true });
  }

  async #read(name: string): Promise<string | null> {
    return readFile(join(this.path, name), 'utf8').catch(nullIfMissing);
  }
}

/** The ids of all workers with a folder. Also deletes leftovers of removals that a crash interrupted. */
export async function workerIds(parent: string): Promise<string[]> {
  const names = (await readdir(parent).catch(nullIfMissing)) ?? [];
  const leftOver = names.filter((name) => name.startsWith(removed));
  await Promise.all(leftOver.map((name) => rm(join(parent, name), { recursive: true, force: true })));
  return names.filter((name) => !name.startsWith('.'));
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

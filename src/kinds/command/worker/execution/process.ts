import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { closePipes, type Pipes, type WriteOrder } from './pipes.ts';

export interface ProcessSpec {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Null: /dev/null. */
  readonly stdin: string | null;
  /** Where what it reads is put meanwhile. */
  readonly stdinFile: string;
  /** Null: sockets. */
  readonly pipes: Pipes | null;
}

export interface StartedProcess {
  readonly pid: number;
  readonly out: Readable;
  readonly err: Readable;
  /** Null where nothing is known of it. */
  readonly order: WriteOrder | null;
  /** Its end; what it wrote may still have to be read. */
  readonly exited: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>;
}

/**
 * Starts a program as the leader of a session and group of its own.
 *
 * @throws what the operating system says
 */
export async function startProcess(spec: ProcessSpec): Promise<StartedProcess> {
  const { pipes } = spec;
  const stdin = spec.stdin === null ? null : openText(spec.stdin, spec.stdinFile);
  try {
    const child = spawn(spec.program, spec.arguments, {
      cwd: spec.folder,
      env: spec.environment,
      detached: true,
      stdio: [stdin ?? 'ignore', pipes?.out.writer ?? 'pipe', pipes?.err.writer ?? 'pipe'],
    });
    const exited = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.on('error', reject);
    });
    if (pipes !== null) for (const { writer } of [pipes.out, pipes.err]) closeSync(writer);
    return {
      pid: child.pid!,
      out: pipes?.out.reader ?? child.stdout!,
      err: pipes?.err.reader ?? child.stderr!,
      order: pipes?.order ?? null,
      exited,
    };
  } catch (error) {
    if (pipes !== null) closePipes(pipes);
    throw error;
  } finally {
    if (stdin !== null) closeSync(stdin);
  }
}

/** A file, so that `/dev/stdin` can be opened, and the agent need not wait for the program to read. */
function openText(text: string, file: string): number {
  writeFileSync(file, text, { mode: 0o600 });
  const opened = openSync(file, 'r');
  rmSync(file);
  return opened;
}

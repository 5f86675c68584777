import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles when the program has written this to stdout; rejects when it ends without. */
  readonly says: (text: string) => Promise<void>;
}

/** Starts a program, on the Node that runs the tests unless told, without what Vitest sets in the environment. */
export function start(
  args: readonly string[], folder: string,
  { environment = {}, node = process.execPath }: {
    readonly environment?: Readonly<Record<string, string>>; readonly node?: string;
  } = {},
): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|TEST$|npm_)/.test(name));
  const child = spawn(node, args, {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => void (stdout.includes(text) && resolve());
      child.stdout.on('data', look);
      child.on('close', () => reject(new Error(`ended without saying ${text}: ${stdout}${stderr}`)));
      look();
    });
  return { child, ended, says };
}

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../src/main/client/index.ts';
import { allCommands, topics } from '../../src/main/commands/all.ts';
import { kindTexts } from '../../src/main/commands/kind-texts.ts';
import { runCli } from '../../src/transports/cli/run.ts';
import { cache, compileCache, programFile } from './program-file.ts';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves with what was found once standard output or error has it; rejects when the program ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard input; none unless given. */
  readonly input?: string;
  /** A file descriptor that standard output goes to, instead of being kept here. */
  readonly output?: number;
}

/** The same commands without a process of their own: quick, but with no signals, streams or working directory. */
export async function runHere(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const status = await runCli(args, {
    commands: allCommands,
    topics,
    loadConnect: async () => createClient,
    kindTexts,
    version: '0.0.0',
    env,
    out: { write: (text) => (stdout += text) },
    error: { write: (text) => (stderr += text) },
    onSignal: () => () => {},
  });
  return { status, stdout, stderr };
}

/** A folder of its own, for a home and whatever else; removed by `remove`. */
export function makeFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'waybill-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts the real program, with nothing of this process's environment but what Node needs. */
export function start(args: readonly string[], { env = {}, cwd, input, output }: Surroundings = {}): Running {
  const child = spawn(process.execPath, [programFile, ...args], {
    // Of the two, only the second reaches what the program itself starts.
    env: {
      PATH: process.env['PATH'], HOME: '/nonexistent', XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: compileCache, ...env,
    },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', output ?? 'pipe', 'pipe'],
  });
  child.stdin!.end(input ?? '');
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const heard = (): void => listeners.forEach((listener) => listener());
  child.stdout?.setEncoding('utf8').on('data', (text: string) => ((stdout += text), heard()));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => ((stderr += text), heard()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (found === null) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
      void ended.then((end) => reject(new Error(`it ended without saying ${pattern}: ${JSON.stringify(end)}`)));
    });
  return { process: child, says, ended };
}

export function run(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return start(args, surroundings).ended;
}

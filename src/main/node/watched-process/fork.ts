import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../../ports/world.ts';
import { describeDeath, type Death } from './death.ts';
import { Gathered } from './gathered.ts';
import { Output } from './output.ts';
import { mebibyte, type FromChild, type ToChild } from './wire.ts';

export interface ProcessLimits {
  /** How long the event loop may stand still. Milliseconds, from 1,000. */
  readonly silenceMs: number;
  /** Of the whole process (its resident set). Three quarters of it are for JavaScript objects. From 64 MiB. */
  readonly memoryBytes: number;
}

export interface ForkOptions<Init, Up> {
  /**
   * The program file without its extension, which is `.ts` in a checkout and `.js` when built:
   * `new URL('./entry', import.meta.url)`. It calls `runWatched`.
   */
  readonly program: URL;
  /** For the log and for lists of processes; no secrets. */
  readonly name: string;
  /** What the program is begun with; plain data, by the channel, so that secrets are fine. */
  readonly init: Init;
  /** The environment; this process's own unless given. */
  readonly env?: NodeJS.ProcessEnv;
  readonly limits: ProcessLimits;
  /** Whether messages have bytes (`Uint8Array`) in them; they are JSON otherwise. */
  readonly hasBytes?: boolean;
  readonly logger: Logger;
  readonly onMessage: (message: Up) => void;
}

/** One process, from its start to its end. */
export interface Fork<Down> {
  readonly pid: number | undefined;
  /** What the program told when it began; rejects when the process has ended before. */
  readonly ready: Promise<unknown>;
  /** Resolves once the process is gone and all that it said was heard. */
  readonly gone: Promise<Death>;
  /** For how long its event loop has stood still. Milliseconds, by steps of a quarter of a second. */
  readonly silentMs: number;
  /** Whether it was handed over: only a program that has begun and is there takes messages. */
  send(message: Down): boolean;
  /** Ends it at once, with its own children. */
  end(): void;
  /** Has it stop, and ends it at once when that takes longer than the grace time. */
  stop(graceMs: number): Promise<Death>;
}

const lookMs = 250;
const beatMs = 200;
/** For the last words of a process that is gone: its own children may hold its output open for longer. */
const lastWordsMs = 500;

/**
 * Starts a program in a process of its own and watches it: it is ended when its event loop stands still or it takes
 * too much memory. What it prints becomes lines of the log. See `keepRunning` for one that is started again.
 */
export function forkWatched<Init, Down, Up>(options: ForkOptions<Init, Up>): Fork<Down> {
  return new Watched<Init, Down, Up>(options);
}

class Watched<Init, Down, Up> implements Fork<Down> {
  readonly ready: Promise<unknown>;
  readonly gone: Promise<Death>;
  readonly #child: ChildProcess;
  readonly #options: ForkOptions<Init, Up>;
  readonly #startedAt = performance.now();
  readonly #ready = Promise.withResolvers<unknown>();
  readonly #gone = Promise.withResolvers<Death>();
  readonly #gathered = new Gathered<Down>((messages) => this.#tell({ type: 'messages', messages }));
  readonly #outputs: readonly Output[];
  readonly #look: NodeJS.Timeout;
  #isReady = false;
  #isOver = false;
  /** Looks in a row without a beat. Counted, so that a clock that jumps or a parent that sleeps ends nobody. */
  #silentLooks = 0;
  /** Looks in a row that found the channel closed, as it is for a moment when a process ends by itself. */
  #deafLooks = 0;
  #rssBytes = 0;
  #doom: Death['cause'] | null = null;
  #failure: string | null = null;

  constructor(options: ForkOptions<Init, Up>) {
    this.#options = options;
    this.ready = this.#ready.promise;
    this.gone = this.#gone.promise;
    // Whoever does not ask is told by the log.
    this.ready.catch(() => {});
    const { program, name, init, env = process.env, limits, hasBytes = false } = options;
    const heapMib = Math.max(32, Math.floor((limits.memoryBytes * 0.75) / mebibyte));
    const child = fork(`${fileURLToPath(program)}${extname(import.meta.url)}`, [name], {
      execArgv: [`--max-old-space-size=${heapMib}`, '--disable-warning=ExperimentalWarning'],
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: hasBytes ? 'advanced' : 'json',
      // A group of its own: Ctrl-C is for the parent alone, and its own children end with it.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    this.#outputs = (['stdout', 'stderr'] as const).map((stream) => this.#forward(stream));
    this.#look = setInterval(() => this.#check(), lookMs);
    child.on('message', (message: FromChild) => this.#hear(message));
    child.on('error', (error) => this.#over(null, null, error.message));
    child.on('exit', (code, signal) => {
      clearInterval(this.#look);
      const end = (): void => this.#over(code, signal, null);
      const timer = setTimeout(end, lastWordsMs);
      child.on('close', () => {
        clearTimeout(timer);
        end();
      });
    });
    this.#say({ type: 'start', init, beatMs });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get silentMs(): number {
    // The beats come nearly as often as we look.
    return Math.max(0, this.#silentLooks - 1) * lookMs;
  }

  send(message: Down): boolean {
    if (!this.#isReady || !this.#isThere) return false;
    this.#gathered.add(message);
    return true;
  }

  end(): void {
    this.#end('ended');
  }

  async stop(graceMs: number): Promise<Death> {
    const { logger, name } = this.#options;
    this.#doom ??= 'ended';
    this.#say({ type: 'stop' });
    const force = setTimeout(() => {
      logger.warn('a process did not stop in time', { process: name, graceMs });
      this.#kill();
    }, graceMs);
    const death = await this.gone;
    clearTimeout(force);
    return death;
  }

  get #isThere(): boolean {
    return this.#child.connected && !this.#isOver;
  }

  #say(message: ToChild): void {
    this.#gathered.flush();
    this.#tell(message);
  }

  #tell(message: ToChild): void {
    if (this.#isThere) this.#child.send(message, () => {});
  }

  #hear(message: FromChild): void {
    switch (message.type) {
      case 'beat':
        this.#silentLooks = 0;
        this.#rssBytes = message.rssBytes;
        break;
      case 'ready':
        this.#isReady = true;
        this.#ready.resolve(message.ready);
        break;
      case 'failed':
        this.#doom ??= 'failed';
        this.#failure = message.message;
        break;
      case 'messages':
        for (const one of message.messages) this.#options.onMessage(one as Up);
    }
  }

  #check(): void {
    const { silenceMs, memoryBytes } = this.#options.limits;
    this.#silentLooks += 1;
    this.#deafLooks += this.#child.connected ? 0 : 1;
    if ((residentBytes(this.#child.pid) ?? this.#rssBytes) > memoryBytes) this.#end('memory');
    else if (this.silentMs >= silenceMs) this.#end('blocked');
    // It would not hear that it is to stop any more.
    else if (this.#deafLooks > 2) this.#end('exited');
  }

  #end(cause: Death['cause']): void {
    this.#doom ??= cause;
    this.#kill();
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#isOver) return;
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
    } catch {
      this.#child.kill('SIGKILL');
    }
  }

  #forward(stream: 'stdout' | 'stderr'): Output {
    const { logger, name } = this.#options;
    return new Output(
      this.#child[stream]!,
      (line) => logger.info(line, { process: name, stream }),
      (lines) => logger.warn('a process prints too much: lines are left out', { process: name, stream, lines }),
    );
  }

  #over(exitCode: number | null, signal: NodeJS.Signals | null, failure: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#look);
    for (const output of this.#outputs) output.end();
    const lastWords = this.#outputs[1]!.lastWords;
    const outOfHeap = signal === 'SIGABRT' && lastWords.includes('heap out of memory');
    const cause = this.#doom ?? (failure !== null ? 'failed' : outOfHeap ? 'memory' : 'exited');
    const death: Death = {
      cause, exitCode, signal, lastWords,
      failure: failure ?? this.#failure,
      livedMs: Math.round(performance.now() - this.#startedAt),
    };
    const { name, limits } = this.#options;
    this.#ready.reject(new Error(death.failure ?? `the process ${name} ${describeDeath(death, limits)}`));
    this.#gone.resolve(death);
  }
}

/** Also of one whose event loop is blocked; null where the system does not say. */
function residentBytes(pid: number | undefined): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}

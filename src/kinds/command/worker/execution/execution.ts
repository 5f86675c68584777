import { endAll, signalGroup, type ProcessMarks } from './process-group.ts';
import { readCgroup } from './cgroup.ts';
import { failureOf, type Stop } from './outcome.ts';
import { startProcess, type ProcessSpec, type StartedProcess } from './process.ts';
import type { Failure } from './failure.ts';
import type { RunLog } from '../log/run-log.ts';

export interface ExecutionSpec extends ProcessSpec {
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL when the time is over. */
  readonly graceMs: number;
  /** Variables of the environment that nothing else has. */
  readonly variables: readonly string[];
}

/** How it ended. */
export interface Executed {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Null when the command did what it should. */
  readonly failure: Failure | null;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  /** Whether none of its processes is left; false: some cannot be killed. */
  readonly isGone: boolean;
}

/** What a command leaves running gets SIGTERM at its end, and SIGKILL after this. */
const leftOverGraceMs = 1_000;
/** For how long output is waited for when all that could write it seems to have ended. */
const outputIdleMs = 500;
/** The longest time that a timer takes. */
const maxTimerMs = 2 ** 31 - 1;

/** A command that has started. */
export class Execution {
  readonly marks: ProcessMarks;
  /** Milliseconds since 1970. */
  readonly startedAt = Date.now();
  /** When all of it has ended, and all of its output is in the log. */
  readonly done: Promise<Executed>;
  readonly #spec: ExecutionSpec;
  #stop: Stop | null = null;
  #killTimer: NodeJS.Timeout | null = null;
  #hasExited = false;
  readonly #memoryKills = readCgroup().memoryKills;

  constructor(started: StartedProcess, spec: ExecutionSpec, log: RunLog) {
    this.#spec = spec;
    this.marks = { pid: started.pid, variables: spec.variables };
    const { order } = started;
    if (order !== null) log.orderBy(() => order.take());
    const read = Promise.all([log.read('out', started.out), log.read('err', started.err)]);
    this.done = this.#finish(started, log, read);
  }

  /** The first reason counts; a shorter time until SIGKILL does, too. */
  stop(stop: Stop, graceMs: number): void {
    this.#stop ??= stop;
    if (this.#hasExited) return;
    signalGroup(this.marks.pid, 'SIGTERM');
    const kill = setTimeout(() => void this.kill(), Math.min(graceMs, maxTimerMs));
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
    this.#killTimer = kill;
  }

  /** Resolves when nothing of it runs any longer. */
  kill(): Promise<unknown> {
    signalGroup(this.marks.pid, 'SIGKILL');
    return endAll(this.marks, 0);
  }

  async #finish(started: StartedProcess, log: RunLog, read: Promise<unknown>): Promise<Executed> {
    const { timeoutMs, graceMs, program } = this.#spec;
    const timer = setTimeout(
      () => this.stop({ reason: 'timeout', timeoutMs }, graceMs),
      Math.min(timeoutMs, maxTimerMs),
    );
    const { exitCode, signal } = await started.exited;
    const endedAt = Date.now();
    this.#hasExited = true;
    clearTimeout(timer);
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
    const isGone = await endAll(this.marks, leftOverGraceMs);
    await log.readToEnd(read, outputIdleMs);
    started.order?.close();
    const kills = readCgroup().memoryKills;
    const isOutOfMemory = kills !== null && this.#memoryKills !== null && kills > this.#memoryKills;
    const failure = failureOf({ exitCode, signal, stop: this.#stop, isOutOfMemory, program });
    return { exitCode, signal, failure, endedAt, isGone };
  }
}

/** @throws what the operating system says */
export async function execute(spec: ExecutionSpec, log: RunLog): Promise<Execution> {
  return new Execution(await startProcess(spec), spec, log);
}

import type { UploadTarget } from '../application/artifacts.ts';
import type { Run } from '../application/run.ts';
import type { Failure } from '../domain/failure.ts';
import { executionPrefix } from '../domain/keys.ts';
import type { CommandResult } from '../domain/types.ts';
import type { FromAgent } from './connection.ts';
import { operator } from '../../../testing/simulator/life.ts';
import { runName, type Plan } from './life.ts';
import type { Outside } from './outside.ts';
import type { RunRecord } from './run-book.ts';

interface Options {
  readonly run: Run;
  readonly workerId: string;
  readonly plan: Plan;
  readonly timeoutMs: number;
  readonly later: (ms: number, work: () => void) => void;
  readonly say: (message: FromAgent) => void;
  readonly over: () => void;
}

const chunkLines = 7;

/** One execution at a simulated agent, which resends after each reconnect what was not acknowledged. */
export class SimulatedRun {
  readonly run: Run;
  readonly #outside: Outside;
  readonly #with: Options;
  #record: RunRecord | null = null;
  #isOver = false;
  #hasEnded = false;
  #inFlight = false;
  #result: CommandResult | null = null;
  #areFilesThere: boolean;
  #stopped: string | null = null;

  constructor(outside: Outside, options: Options) {
    this.run = options.run;
    this.#outside = outside;
    this.#with = options;
    this.#areFilesThere = options.plan.files === 0;
    options.say({ type: 'accepted', run: this.run });
    options.later(outside.random.integer(5, 1_000), () => this.#start());
  }

  resume(): void {
    if (this.#isOver) return;
    const { say } = this.#with;
    say({ type: 'accepted', run: this.run });
    if (this.#record !== null) say({ type: 'started', run: this.run });
    this.#inFlight = false;
    this.#send();
  }

  stop(signal: string, withinMs: number): void {
    if (this.#isOver || this.#hasEnded) return;
    this.#stopped ??= signal;
    this.#with.later(withinMs, () => this.#end(ofSignal(signal)));
  }

  /** Its worker is gone. */
  die(): void {
    this.#isOver = true;
    if (this.#record !== null) this.#record.isRunning = false;
  }

  abandon(): void {
    if (this.#isOver) return;
    this.die();
    this.#with.over();
  }

  rejected(retryable: boolean): void {
    if (retryable) this.#with.later(1_000, () => this.resume());
    else if (this.#result !== null) this.abandon();
  }

  logAcknowledged(throughLine: number): void {
    if (this.#record === null || this.#isOver) return;
    this.#record.acknowledgedLines = Math.max(this.#record.acknowledgedLines, throughLine);
    this.#inFlight = false;
    this.#send();
  }

  /** Each file is uploaded by a request of its own, which takes a while. */
  uploadsGranted(targets: readonly UploadTarget[]): void {
    if (this.#isOver || this.#areFilesThere) return;
    const { files, random, watch } = this.#outside;
    this.#with.later(random.integer(5, 3_000), () => {
      if (this.#isOver) return;
      const uploaded = Promise.all(targets.map(({ url }) => files.put(url, runName(this.run))));
      watch(uploaded.then((all) => {
        this.#areFilesThere = all.every((isThere) => isThere);
        this.#outside.tally.count(`command: files were ${this.#areFilesThere ? 'uploaded' : 'too late'}`);
        this.#send();
      }));
    });
  }

  resultAcknowledged(): void {
    if (this.#record !== null && this.#result !== null) this.#record.isResultAcknowledged = true;
    this.abandon();
  }

  #start(): void {
    const { plan, timeoutMs, later, say, workerId } = this.#with;
    if (this.#isOver) return;
    if (this.#stopped !== null) return this.#end(ofSignal(this.#stopped));
    this.#outside.note(`  ${runName(this.run)} starts at ${workerId}`);
    this.#record = this.#outside.book.started(this.run, workerId);
    say({ type: 'started', run: this.run });
    for (let line = 1; line <= plan.lines; line++) later((plan.ms * line) / plan.lines, () => this.#print());
    if (plan.ms > timeoutMs) {
      const failure: Failure = { reason: 'EXECUTION_TIMEOUT', message: 'It took too long.' };
      later(timeoutMs, () => this.#end({ exitCode: null, signal: 'SIGTERM', failure }));
    } else {
      later(plan.ms + 1, () => this.#end(ofExit(plan.exitCode)));
    }
  }

  #print(): void {
    if (this.#isOver || this.#hasEnded || this.#record === null) return;
    this.#record.lines += 1;
    this.#send();
  }

  #end(how: Omit<CommandResult, 'artifacts'>): void {
    if (this.#isOver || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#result = resultOf(this.run, how, this.#record === null ? 0 : this.#with.plan.files);
    if (this.#record === null) this.#areFilesThere = true;
    if (this.#record !== null) {
      this.#record.isRunning = false;
      this.#record.result = this.#result;
    }
    this.#send();
  }

  /** Lines, one chunk at a time, and the result after them. */
  #send(): void {
    if (this.#isOver || this.#inFlight) return;
    const { say } = this.#with;
    const { lines, acknowledgedLines } = this.#record ?? { lines: 0, acknowledgedLines: 0 };
    if (acknowledgedLines < lines) {
      const firstLine = acknowledgedLines + 1;
      const count = Math.min(chunkLines, lines - acknowledgedLines);
      const texts = Array.from({ length: count }, (_, index) => `${this.run.token}:${firstLine + index}`);
      this.#inFlight = true;
      return say({ type: 'log', run: this.run, firstLine, texts });
    }
    if (this.#result === null) return;
    if (this.#areFilesThere) return say({ type: 'result', run: this.run, result: this.#result });
    const files = this.#result.artifacts.map(({ path, size }) => ({ path, size }));
    say({ type: 'upload', run: this.run, files });
  }
}

function ofSignal(signal: string): Omit<CommandResult, 'artifacts'> {
  return { exitCode: null, signal, failure: { reason: 'SIGNAL_RECEIVED', message: `It was ended by ${signal}.` } };
}

/** The first artifact tells whose result it is. All are there if it has others. */
export function resultOf(run: Run, how: Omit<CommandResult, 'artifacts'>, files = 0): CommandResult {
  const path = runName(run);
  const prefix = executionPrefix(operator.caller.userId, run.jobId, run.token);
  const paths = [path, ...Array.from({ length: files }, (_, index) => `file-${index}`)];
  return { ...how, artifacts: paths.map((each) => ({ path: each, objectKey: prefix + each, size: path.length })) };
}

export function ofExit(exitCode: number): Omit<CommandResult, 'artifacts'> {
  if (exitCode === 0) return { exitCode, signal: null, failure: null };
  return { exitCode, signal: null, failure: { reason: 'NON_ZERO_EXIT_CODE', message: `It exited with ${exitCode}.` } };
}

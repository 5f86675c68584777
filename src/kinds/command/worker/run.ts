import { isAbsolute, join } from 'node:path';
import { errorTraits, type ErrorCode } from '../../../contract/errors.ts';
import { shortened } from '../../../worker/shortened.ts';
import { commandLineOf, folderProblem } from './execution/command-line.ts';
import { environmentOf, environmentProblem } from './execution/environment.ts';
import { execute, type Execution } from './execution/execution.ts';
import type { Failure } from './execution/failure.ts';
import { failureOfStart, failureOfStop, type Stop } from './execution/outcome.ts';
import type { Pipes } from './execution/pipes.ts';
import type { ProcessMarks } from './execution/process-group.ts';
import type { OutputFile } from './files/outputs.ts';
import { bringInputs, takeOutputs, type UploadedFile, type UploadTarget } from './files/transfers.ts';
import { RunLog } from './log/run-log.ts';
import {
  JobFailureReason,
  msOf,
  RunState,
  timestampOf,
  type Assignment,
  type HeldRunInit,
  type Run,
  type Saying,
} from './messages.ts';
import { makeRunFolder, removeFolder, type RunFolder } from './run-folder.ts';
import { RunSender } from './run-sender.ts';

/** What a run is carried out with. */
export interface RunSurroundings {
  /** Sends a message if there is a session now; `resume` resends what may have been lost. */
  readonly say: (message: Saying) => void;
  /** The worker's. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly pipes: () => Promise<Pipes | null>;
  /** Resolves when nothing is left of the runs before it: until then nothing of it is begun. */
  readonly cleared: Promise<unknown>;
  /** For the agent's own output. */
  readonly report: (message: string) => void;
}

interface Outcome {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly failure: Failure | null;
  readonly startedAt: number | null;
  readonly endedAt: number;
  readonly artifacts: readonly UploadedFile[];
}

const defaultTimeoutMs = 24 * 3_600_000;
const defaultGraceMs = 10_000;
const defaultStallMs = 300_000;
const maxMessage = 2_000;

/** One execution of a job, from its assignment until the server has its result. */
export class AgentRun {
  readonly run: Run;
  /** Resolves when the server has the result, or wants none. */
  readonly over: Promise<void>;
  readonly #assignment: Assignment;
  readonly #with: RunSurroundings;
  readonly #sender: RunSender;
  readonly #abort = new AbortController();
  #log: RunLog | null = null;
  #execution: Execution | null = null;
  #stop: Stop | null = null;
  #state: RunState = RunState.ACCEPTED;
  #isClean = true;

  constructor(assignment: Assignment, run: Run, surroundings: RunSurroundings) {
    this.run = run;
    this.#assignment = assignment;
    this.#with = surroundings;
    this.#sender = new RunSender(run, surroundings);
    this.over = this.#carryOut();
  }

  get held(): HeldRunInit {
    return { run: this.run, state: this.#state, logLines: BigInt(this.#log?.lines ?? 0) };
  }

  /** Lines that could not be kept. */
  get dropped(): number {
    return this.#log?.dropped ?? 0;
  }

  get hasEnded(): boolean {
    return this.#state === RunState.ENDED;
  }

  /** Once it is over: whether it left no files and no processes. */
  get isClean(): boolean {
    return this.#isClean;
  }

  /** Null while nothing of it runs. */
  get marks(): ProcessMarks | null {
    return this.#state === RunState.RUNNING ? (this.#execution?.marks ?? null) : null;
  }

  /** Ends the command; its result is sent. */
  stop(stop: Stop, graceMs = msOf(this.#assignment.grace, defaultGraceMs)): void {
    if (this.#state === RunState.ENDED) return;
    this.#stop ??= stop;
    this.#abort.abort(this.#stop);
    this.#execution?.stop(this.#stop, graceMs);
  }

  /** Kills the command; nobody wants its result. */
  abandon(): void {
    this.stop({ reason: 'stopped', message: 'its lease was lost' }, 0);
    void this.#execution?.kill();
    this.#sender.abandon();
  }

  /** The agent has registered: resends what the server may not know. `throughLine`: the last log line that it has. */
  resume(throughLine: number): void {
    this.#sender.resume(throughLine);
  }

  logAcknowledged(throughLine: number): void {
    this.#sender.logAcknowledged(throughLine);
  }

  resultAcknowledged(): void {
    this.#sender.resultAcknowledged();
  }

  uploadsGranted(targets: readonly UploadTarget[]): void {
    this.#sender.uploadsGranted(targets);
  }

  rejected(code: string, message: string): void {
    this.#with.report(`the server refused what was said of job ${this.run.jobId}: ${code}: ${message}`);
    if (code === 'lease_lost') this.abandon();
    else this.#sender.rejected(errorTraits[code as ErrorCode]?.retryable ?? false, message);
  }

  async #carryOut(): Promise<void> {
    this.#sender.accept();
    await this.#with.cleared;
    let folder: RunFolder | null = null;
    try {
      folder = await makeRunFolder(this.#with.folder, `${this.run.jobId}-${this.run.attempt}`);
      const { attempt } = this.run;
      const limits = this.#assignment.logLimits;
      this.#log = new RunLog({
        attempt,
        maxLines: Number(limits?.lines ?? 0n),
        lineLength: limits?.lineLength ?? 0,
        spoolBytes: Number(limits?.spoolBytes ?? 0n),
        spoolFile: join(folder.path, 'log'),
      });
      this.#sender.sendLog(this.#log);
    } catch (error) {
      await this.#report(
        notStarted({ reason: 'IO_ERROR', message: `The worker's disk cannot be used: ${(error as Error).message}.` }),
      );
    }
    if (folder !== null && this.#log !== null) await this.#report(await this.#outcome(folder, this.#log));
    this.#log?.close();
    if (folder !== null && !(await removeFolder(folder.path))) this.#isClean = false;
  }

  async #outcome(folder: RunFolder, log: RunLog): Promise<Outcome> {
    try {
      const failure = await bringInputs(this.#assignment.inputs, folder.work, this.#abort.signal);
      const started = failure ?? (await this.#start(folder, log));
      if ('reason' in started) return notStarted(started);
      const ended = await started.done;
      if (!ended.isGone) this.#isClean = false;
      const { startedAt } = started;
      const { uploaded, failure: ofOutputs } = await this.#outputs(folder, log);
      const { exitCode, signal, endedAt } = ended;
      return { exitCode, signal, failure: ended.failure ?? ofOutputs, startedAt, endedAt, artifacts: uploaded };
    } catch (error) {
      if (this.#stop !== null) return notStarted(failureOfStop(this.#stop));
      return notStarted({ reason: 'IO_ERROR', message: `The worker failed: ${(error as Error).message}.` });
    }
  }

  async #start(folder: RunFolder, log: RunLog): Promise<Execution | Failure> {
    const { command: spec, environment: given, secrets, timeout, grace } = this.#assignment;
    if (spec === undefined) return { reason: 'VALIDATION_ERROR', message: 'The assignment has no command.' };
    const { work, temporary } = folder;
    const problem = environmentProblem(given, secrets);
    if (problem !== null) return problem;
    const environment = environmentOf(this.#with.environment, given, secrets, { home: work, temporary });
    const { workingDirectory: named } = spec;
    const cwd = isAbsolute(named) ? named : join(work, named);
    const line = folderProblem(cwd) ?? commandLineOf(spec, join(folder.path, 'script'), environment['PATH'] ?? '');
    if ('reason' in line) return line;
    const pipes = await this.#with.pipes();
    this.#abort.signal.throwIfAborted();
    const jobId = this.run.jobId;
    const variables = [`TMPDIR=${temporary}`, `WAYBILL_JOB_ID=${jobId}`];
    try {
      this.#execution = await execute(
        {
          ...line,
          folder: cwd,
          environment,
          pipes,
          variables,
          stdin: spec.stdin ?? null,
          stdinFile: join(folder.path, 'stdin'),
          timeoutMs: msOf(timeout, defaultTimeoutMs),
          graceMs: msOf(grace, defaultGraceMs),
        },
        log,
      );
    } catch (error) {
      return failureOfStart(error as NodeJS.ErrnoException, line.program);
    }
    const {
      marks: { pid },
      startedAt,
    } = this.#execution;
    this.#state = RunState.RUNNING;
    this.#sender.start(pid, startedAt);
    if (this.#stop !== null) this.#execution.stop(this.#stop, 0);
    return this.#execution;
  }

  async #outputs(folder: RunFolder, log: RunLog): ReturnType<typeof takeOutputs> {
    const { outputs, uploadStall } = this.#assignment;
    const { signal } = this.#abort;
    const stallMs = msOf(uploadStall, defaultStallMs);
    // Of a command that was stopped nothing is wanted; of one that failed there may be a report.
    if (signal.aborted || outputs.length === 0) return { uploaded: [], failure: null };
    try {
      const targetsOf = (files: readonly OutputFile[]) => this.#sender.askForUploads(files);
      return await takeOutputs(outputs, folder.work, log, targetsOf, { stallMs, signal });
    } catch (error) {
      if (signal.aborted) return { uploaded: [], failure: failureOfStop(this.#stop!) };
      return {
        uploaded: [],
        failure: { reason: 'IO_ERROR', message: `The outputs cannot be read: ${(error as Error).message}.` },
      };
    }
  }

  /** Resolves when the server has it, or wants none. */
  async #report({ exitCode, signal, failure, startedAt, endedAt, artifacts }: Outcome): Promise<void> {
    this.#state = RunState.ENDED;
    await this.#log?.flush();
    await this.#sender.finish({
      ...(exitCode !== null && { exitCode }),
      ...(signal !== null && { signal }),
      ...(failure !== null && { failureReason: JobFailureReason[failure.reason] }),
      message: shortened(failure?.message ?? '', maxMessage),
      ...(startedAt !== null && { startedAt: timestampOf(startedAt) }),
      endedAt: timestampOf(endedAt),
      logLines: BigInt(this.#log?.lines ?? 0),
      artifacts: artifacts.map(({ path, objectKey, size }) => ({ path, objectKey, size: BigInt(size) })),
    });
  }
}

function notStarted(failure: Failure): Outcome {
  return { exitCode: null, signal: null, failure, startedAt: null, endedAt: Date.now(), artifacts: [] };
}

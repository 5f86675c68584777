import { Violation } from '../../../testing/simulator/invariant.ts';
import type { Run } from '../application/run.ts';
import type { CommandResult } from '../domain/types.ts';
import { runName } from './life.ts';

/** What agents did and were told, to be held against what is stored. */
export interface RunRecord {
  readonly run: Run;
  readonly workerId: string;
  isRunning: boolean;
  /** What it has printed. */
  lines: number;
  /** Through which line a server said that it has the log. */
  acknowledgedLines: number;
  result: CommandResult | null;
  isResultAcknowledged: boolean;
}

export class RunBook {
  readonly runs = new Map<string, RunRecord>();
  readonly #mayRunBeside: (older: Run, newer: Run) => boolean;

  /** @param mayRunBeside whether somebody has asked for the newer one although the older one may still run */
  constructor(mayRunBeside: (older: Run, newer: Run) => boolean) {
    this.#mayRunBeside = mayRunBeside;
  }

  started(run: Run, workerId: string): RunRecord {
    const record: RunRecord = {
      run, workerId, isRunning: true, lines: 0, acknowledgedLines: 0, result: null, isResultAcknowledged: false,
    };
    const known = this.runs.get(runName(run));
    if (known !== undefined) throw new Violation('G5 a lease is of one execution', `${runName(run)} of ${workerId}`);
    for (const other of this.runs.values()) {
      if (!other.isRunning || other.run.jobId !== run.jobId) continue;
      const [older, newer] = other.run.token < run.token ? [other.run, run] : [run, other.run];
      if (this.#mayRunBeside(older, newer)) continue;
      const what = `${runName(run)} begins at ${workerId} while ${runName(other.run)} runs at ${other.workerId}`;
      throw new Violation('G5 a job runs once at a time', what);
    }
    this.runs.set(runName(run), record);
    return record;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';

/** Of a process that runs. */
export interface Usage {
  /** Resident, now. */
  readonly bytes: number;
  /** Processor time of all of its threads until now. Milliseconds. */
  readonly processorMs: number;
}

const tickMs = 10;

/** Null when it is not there. */
function usageOf(pid: number): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const bytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1_024;
    return { bytes, processorMs: (Number(fields[11]) + Number(fields[12])) * tickMs };
  } catch {
    return null;
  }
}

/** The program of the agent that runs a job, by what it has handed on to the job's command. Null: there is none. */
export function agentOf(workerId: string): number | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const program = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      const isItsOwn = variables.includes(`WAYBILL_WORKER_ID=${workerId}`);
      if (isItsOwn && /^[^\0]*node\0.*agent-?\w*\.cjs/.test(program)) return Number(pid);
    } catch {
      // It has ended, or is another user's.
    }
  }
  return null;
}

/** Looks at a process until it is told to stop. */
export class Watch {
  readonly #pid: number;
  readonly #began: Usage;
  readonly #timer: NodeJS.Timeout;
  #last: Usage;
  #mostBytes: number;

  constructor(pid: number) {
    const usage = usageOf(pid);
    if (usage === null) throw new Error(`there is no process ${pid}`);
    this.#pid = pid;
    this.#began = this.#last = usage;
    this.#mostBytes = usage.bytes;
    this.#timer = setInterval(() => this.#look(), 50);
  }

  stop(): { readonly grownBytes: number; readonly mostBytes: number; readonly processorMs: number } {
    this.#look();
    clearInterval(this.#timer);
    return {
      grownBytes: this.#mostBytes - this.#began.bytes,
      mostBytes: this.#mostBytes,
      processorMs: this.#last.processorMs - this.#began.processorMs,
    };
  }

  #look(): void {
    const usage = usageOf(this.#pid);
    if (usage === null) return;
    this.#last = usage;
    this.#mostBytes = Math.max(this.#mostBytes, usage.bytes);
  }
}

/** The processes of a command, as Linux reports them. On other systems only its process group can be signaled. */
import { readdirSync, readFileSync } from 'node:fs';
import { pause } from '../../../../http/pause.ts';

export interface ProcessMarks {
  /** Of the command; it leads its group and session. */
  readonly pid: number;
  /** Variables of its environment, as `NAME=value`, that nothing else has. */
  readonly variables: readonly string[];
}

interface Found {
  readonly pid: number;
  readonly cpuTicks: number;
  readonly memoryPages: number;
}

const pollMs = 20;
/** How long a killed process may take to be gone; one that waits for a disk cannot be. */
const dyingMs = 2_000;

/** False when there is none any more. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  return sent(-pid, signal);
}

/**
 * Ends all that is left of a command: SIGTERM, and SIGKILL after `graceMs`. Finds what has left the group by its
 * session and its environment. Resolves when nothing of it runs, or, with false, when what is left cannot be killed.
 */
export async function endAll(marks: ProcessMarks, graceMs: number): Promise<boolean> {
  const began = performance.now();
  const asked = new Set<number>();
  for (;;) {
    const left = processesOf(marks);
    const elapsed = performance.now() - began;
    if (left.length === 0) return true;
    if (elapsed > graceMs + dyingMs) return false;
    for (const { pid } of left) {
      if (elapsed >= graceMs) sent(pid, 'SIGKILL');
      else if (!asked.has(pid)) sent(pid, 'SIGTERM');
      asked.add(pid);
    }
    await pause(Math.max(1, Math.min(pollMs, elapsed < graceMs ? graceMs - elapsed : pollMs)));
  }
}

/** What a command and all that it started use; pages and clock ticks, added up. */
export function usageOf(marks: ProcessMarks): { readonly cpuTicks: number; readonly memoryPages: number } {
  let [cpuTicks, memoryPages] = [0, 0];
  for (const each of processesOf(marks)) {
    cpuTicks += each.cpuTicks;
    memoryPages += each.memoryPages;
  }
  return { cpuTicks, memoryPages };
}

function processesOf({ pid: leader, variables }: ProcessMarks): Found[] {
  return pids().flatMap((pid) => {
    if (pid === process.pid) return [];
    const stat = readOrNull(`/proc/${pid}/stat`);
    if (stat === null) return [];
    // The name, in parentheses, may hold anything. Fields from the third on, of proc_pid_stat(5).
    // The first of the rest is the seventh.
    const [state = 'X', , group, session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (/^[ZXx]$/.test(state)) return [];
    const isOfGroup = Number(group) === leader || Number(session) === leader;
    if (!isOfGroup && !hasOne(pid, variables)) return [];
    return [{ pid, cpuTicks: Number(rest[7]) + Number(rest[8]), memoryPages: Number(rest[17]) }];
  });
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

/** The environment that a process was started with can be read by its own user and root. */
function hasOne(pid: number, variables: readonly string[]): boolean {
  const environment = readOrNull(`/proc/${pid}/environ`)?.split('\0') ?? [];
  return variables.some((each) => environment.includes(each));
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}

function sent(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // It ended meanwhile, or it is another user's by now.
    return false;
  }
}

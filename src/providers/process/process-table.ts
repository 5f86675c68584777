/** What Linux tells of processes in /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** A process that no later one can be taken for: pids are used again, but not with the same start in the same boot. */
export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** Clock ticks from boot to the start of the process. */
  readonly start: number;
}

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly start: number;
}

const bootIdFile = '/proc/sys/kernel/random/boot_id';

/** @throws where there is no /proc as Linux has it. */
export function currentBootId(): string {
  return readFileSync(bootIdFile, 'latin1').trim();
}

/** What a line of /proc/<pid>/stat says; null for a process that has ended and only waits to be reaped. */
export function parseStat(line: string): RunningProcess | null {
  // The name, in parentheses, may hold anything.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state = 'X', ...numbers] = fields;
  const [parent = 0, group = 0, session = 0] = numbers.map(Number);
  const start = Number(fields[19]);
  const pid = Number.parseInt(line, 10);
  if (/^[ZXx]$/.test(state) || !Number.isSafeInteger(start) || !Number.isSafeInteger(pid)) return null;
  return { pid, parent, group, session, start };
}

export function isRunning(identity: ProcessIdentity, bootId = currentBootId()): boolean {
  return identity.bootId === bootId && readProcess(identity.pid)?.start === identity.start;
}

/** Sends the signal if it still is that process. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isRunning(identity)) send(identity.pid, signal);
}

/** Sends the signal to all of the group that the process leads, if it is still there. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isRunning(leader)) send(-leader.pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * What runs of a worker: the session and group of its supervisor, whatever carries the worker's variable in its
 * environment although it left those, and their descendants.
 */
export function processesOf(supervisor: ProcessIdentity | null, variable: string): ProcessIdentity[] {
  const bootId = currentBootId();
  const all = readProcesses();
  // Only while the leader is there its session and group cannot be another's who got the same pid later.
  const leads = supervisor !== null && isRunning(supervisor, bootId);
  const found = new Map<number, RunningProcess>();
  for (const each of all) {
    if (each.pid === process.pid || (supervisor?.bootId === bootId && each.start < supervisor.start)) continue;
    const isWithLeader = leads && (each.session === supervisor.pid || each.group === supervisor.pid);
    if (isWithLeader || hasVariable(each.pid, variable)) found.set(each.pid, each);
  }
  // A Map goes on to what is added while it is gone through.
  for (const { pid } of found.values()) {
    for (const each of all) if (each.parent === pid && each.pid !== process.pid) found.set(each.pid, each);
  }
  return [...found.values()].map(({ pid, start }) => ({ bootId, pid, start }));
}

function readProcesses(): RunningProcess[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
}

function readProcess(pid: number): RunningProcess | null {
  const line = readOrNull(`/proc/${pid}/stat`);
  return line === null ? null : parseStat(line);
}

/** The environment that a process was started with can be read by its own user and root. */
function hasVariable(pid: number, variable: string): boolean {
  return readOrNull(`/proc/${pid}/environ`)?.split('\0').includes(variable) ?? false;
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}

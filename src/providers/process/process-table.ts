/** Finds and signals processes by Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Identifies a process for good: pids are reused, but not with the same start time in the same boot. */
export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** Start time in clock ticks since boot. */
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

/** @throws if there is no Linux /proc. */
export function currentBootId(): string {
  return readFileSync(bootIdFile, 'latin1').trim();
}

/** Parses /proc/<pid>/stat; null for a zombie. */
export function parseStat(line: string): RunningProcess | null {
  // The name in parentheses can contain any character.
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

/** Sends the signal unless the process has exited. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isRunning(identity)) send(identity.pid, signal);
}

/** Sends the signal to the group that the process leads, unless the process has exited. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isRunning(leader)) send(-leader.pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has just exited.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * All processes of a worker: the supervisor's session and group, processes outside of these that have the worker's
 * variable (`NAME=value`) in their environment, and all descendants.
 */
export function processesOf(supervisor: ProcessIdentity | null, variable: string): ProcessIdentity[] {
  const bootId = currentBootId();
  const all = readProcesses();
  // Once the leader has exited, its pid may have become another session's or group's id.
  const leads = supervisor !== null && isRunning(supervisor, bootId);
  const found = new Map<number, RunningProcess>();
  for (const each of all) {
    if (each.pid === process.pid || (supervisor?.bootId === bootId && each.start < supervisor.start)) continue;
    const isWithLeader = leads && (each.session === supervisor.pid || each.group === supervisor.pid);
    if (isWithLeader || hasVariable(each.pid, variable)) found.set(each.pid, each);
  }
  // Iteration of a Map includes entries that are added meanwhile.
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

/** Only the process's own user and root can read its environment. */
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

import { constants } from 'node:os';
import { basename } from 'node:path';
import type { Failure } from './failure.ts';

/** Why the agent ended a command. The first reason counts. */
export type Stop =
  | { readonly reason: 'canceled'; readonly message: string }
  | { readonly reason: 'timeout'; readonly timeoutMs: number }
  /** The worker is to end. */
  | { readonly reason: 'stopped'; readonly message: string };

/** How a command ended. */
export interface Ending {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Null: it ended by itself. */
  readonly stop: Stop | null;
  /** Whether a process of the worker was killed for its memory meanwhile. */
  readonly isOutOfMemory: boolean;
  /** The program that was started. */
  readonly program: string;
}

/** Null when the command did what it should. */
export function failureOf({ exitCode, signal, stop, isOutOfMemory, program }: Ending): Failure | null {
  if (stop !== null) return failureOfStop(stop);
  if (exitCode === 0) return null;
  if (isOutOfMemory) {
    return { reason: 'OUT_OF_MEMORY', message: 'The command was killed: it used more memory than its worker has.' };
  }
  if (signal !== null) return { reason: 'SIGNAL_RECEIVED', message: `The command was ended by ${signal}.` };
  const ofShell = shells.has(basename(program)) ? shellFailures[String(exitCode)] : undefined;
  return (
    ofShell ?? {
      reason: 'NON_ZERO_EXIT_CODE',
      message: `The command exited with code ${exitCode}${byShell(exitCode)}.`,
    }
  );
}

/** Of a command that was stopped before it had started, too. */
export function failureOfStop(stop: Stop): Failure {
  switch (stop.reason) {
    case 'canceled':
      return {
        reason: 'SIGNAL_RECEIVED',
        message: sentence(`The command was ended because the job was canceled`, stop.message),
      };
    case 'timeout':
      return {
        reason: 'EXECUTION_TIMEOUT',
        message: `The command ran longer than its time limit of ${stop.timeoutMs / 1_000} s.`,
      };
    case 'stopped':
      // It is not the command's fault: another worker may run it.
      return {
        reason: 'INFRASTRUCTURE_ERROR',
        message: sentence('The worker was stopped while it ran the job', stop.message),
      };
  }
}

/** The operating system's error when starting the program. */
export function failureOfStart(error: NodeJS.ErrnoException, program: string): Failure {
  const name = JSON.stringify(program);
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR': {
      const where = program.includes('/') ? 'does not exist, or its interpreter does not' : 'was not found in PATH';
      return { reason: 'COMMAND_NOT_FOUND', message: `The program ${name} ${where}.` };
    }
    case 'EACCES':
    case 'EPERM':
      return { reason: 'PERMISSION_DENIED', message: `The program ${name} cannot be executed: permission denied.` };
    case 'E2BIG':
      return {
        reason: 'PROCESS_SPAWN_FAILED',
        message: `The program ${name} was not started: it has more arguments and environment than the system allows.`,
      };
    default:
      return {
        reason: 'PROCESS_SPAWN_FAILED',
        message: `The program ${name} was not started: ${error.code ?? error.message}.`,
      };
  }
}

/** Exit codes with which every shell reports that it could not start a program. */
const shellFailures: Readonly<Record<string, Failure>> = {
  126: { reason: 'PERMISSION_DENIED', message: 'The shell was not permitted to execute a program (exit code 126).' },
  127: { reason: 'COMMAND_NOT_FOUND', message: 'The shell could not find a program (exit code 127).' },
};
const shells: ReadonlySet<string> = new Set(['ash', 'bash', 'dash', 'ksh', 'sh', 'zsh']);

/** A shell's exit code says which signal ended the last program. */
function byShell(exitCode: number | null): string {
  const number = (exitCode ?? 0) - 128;
  const name = Object.entries(constants.signals).find(([, each]) => each === number)?.[0];
  return name === undefined ? '' : `, which stands for ${name}`;
}

function sentence(start: string, reason: string): string {
  return reason === '' ? `${start}.` : `${start}: ${reason.replace(/\.$/, '')}.`;
}

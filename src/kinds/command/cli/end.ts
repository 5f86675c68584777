import { constants } from 'node:os';
import type { CommandView } from './client.ts';

type Ended = Pick<CommandView, 'state' | 'exitCode' | 'signal' | 'failure'>;

/** As timeout(1), the shell and `docker run` have them. */
const statuses = { timedOut: 124, notRun: 125, cannotInvoke: 126, notFound: 127, killed: 137, canceled: 143 } as const;

/** The exit status of a command that waited for the job: that of what ran. */
export function exitOfCommand({ state, exitCode, signal, failure }: Ended): number {
  if (state === 'SUCCEEDED') return 0;
  if (state === 'TIMED_OUT') return statuses.timedOut;
  if (state === 'CANCELLED') return statuses.canceled;
  if (exitCode !== null && exitCode !== 0) return exitCode;
  if (signal !== null && signal in constants.signals) return 128 + constants.signals[signal as NodeJS.Signals];
  switch (failure?.reason) {
    case 'COMMAND_NOT_FOUND':
      return statuses.notFound;
    case 'PERMISSION_DENIED':
      return statuses.cannotInvoke;
    case 'OUT_OF_MEMORY':
      return statuses.killed;
    default:
      return statuses.notRun;
  }
}

/** What `exitOfCommand` gives, for help. */
export const commandExits = {
  124: 'With --wait: the job timed out, as timeout(1) has it.',
  125: 'With --wait: the job failed for another reason than its command, as `docker run` has it.',
  126: 'With --wait: the command may not be run.',
  127: 'With --wait: there is no such command.',
  137: 'With --wait: the command used more memory than it had; 128 + N stands for any signal N that ended it.',
  143: 'With --wait: the job was canceled.',
} as const;

import type { Life } from '../../../testing/simulator/life.ts';
import type { CommandApplication } from '../application/application.ts';

export function commandsOf({ server }: Life): CommandApplication {
  return server.kinds['command'] as CommandApplication;
}

/** How long a command takes, how many lines it prints, how it exits, and how many files it leaves behind. */
export interface Plan {
  readonly ms: number;
  readonly lines: number;
  readonly exitCode: number;
  readonly files: number;
}

export function planText({ ms, lines, exitCode, files }: Plan): string {
  return `${ms} ${lines} ${exitCode} ${files}`;
}

export function readPlan(command: string): Plan {
  const [ms = 0, lines = 0, exitCode = 0, files = 0] = command.split(' ').map(Number);
  return { ms, lines, exitCode, files };
}

/** A run, for bookkeeping. */
export function runName({ jobId, token }: { readonly jobId: string; readonly token: number }): string {
  return `${jobId}/${token}`;
}

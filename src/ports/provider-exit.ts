import type { ExitedStatus } from './provider.ts';

/** Of signal(7): those that end a process. */
const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE',
  9: 'SIGKILL', 10: 'SIGUSR1', 11: 'SIGSEGV', 12: 'SIGUSR2', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM', 24: 'SIGXCPU',
};

/**
 * How a process ended whose status a shell, or an init process, passed on: they say 128 and the signal's number for one
 * that a signal ended, which a process's own exit with such a code cannot be told from.
 */
export function passedOnExit(code: number): Pick<ExitedStatus, 'exitCode' | 'signal'> {
  const signal = code > 128 ? signals[code - 128] : undefined;
  return signal === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal };
}

const maxReason = 1_000;

/** The end of what the agent printed before it failed, as the reason of its end; null where it said nothing. */
export function reasonFromOutput(output: string): string | null {
  const text = output.trim();
  if (text === '') return null;
  return text.length <= maxReason ? text : `…${text.slice(1 - maxReason)}`;
}

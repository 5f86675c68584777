import type { ExitedStatus } from './provider.ts';

/** The signals of signal(7) that terminate a process. */
const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE',
  9: 'SIGKILL', 10: 'SIGUSR1', 11: 'SIGSEGV', 12: 'SIGUSR2', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM', 24: 'SIGXCPU',
};

/**
 * Decodes an exit status that was passed on by a shell or an init process. Both report 128 plus the signal's number for
 * a process that was killed by a signal, which is indistinguishable from an exit with that code.
 */
export function passedOnExit(code: number): Pick<ExitedStatus, 'exitCode' | 'signal'> {
  const signal = code > 128 ? signals[code - 128] : undefined;
  return signal === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal };
}

const maxReason = 1_000;

/** The last part of a failed agent's output, to serve as `reason`; null if it printed nothing. */
export function reasonFromOutput(output: string): string | null {
  const text = output.trim();
  if (text === '') return null;
  return text.length <= maxReason ? text : `…${text.slice(1 - maxReason)}`;
}

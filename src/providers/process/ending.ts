import { pause } from './pause.ts';
import { isRunning, processesOf, signalGroup, signalProcess, type ProcessIdentity } from './process-table.ts';
import { ProviderFailure } from '../../ports/provider.ts';

const firstPollMs = 5;
const maxPollMs = 100;
/** How long to wait after SIGKILL; a process blocked on I/O cannot be killed. */
const maxDyingMs = 30_000;

/**
 * Ends all processes of a worker. SIGTERM goes to the supervisor's group first, so that the agent can shut down its
 * command; processes that remain after the supervisor has exited get it as well. SIGKILL follows after `graceMs`.
 */
export async function endProcesses(
  supervisor: ProcessIdentity | null,
  variable: string,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const asked = new Set<string>();
  let pollMs = firstPollMs;
  for (;;) {
    const left = processesOf(supervisor, variable);
    if (left.length === 0) return;
    const elapsed = performance.now() - began;
    if (elapsed > graceMs + maxDyingMs) throw doesNotDie(left);
    if (elapsed >= graceMs) for (const each of left) signalProcess(each, 'SIGKILL');
    else askToEnd(supervisor, left, asked);
    const until = elapsed >= graceMs ? Infinity : began + graceMs;
    pollMs = await waitForThese(left, until, pollMs, signal);
  }
}

function askToEnd(supervisor: ProcessIdentity | null, left: readonly ProcessIdentity[], asked: Set<string>): void {
  if (supervisor !== null && isRunning(supervisor)) {
    if (asked.has(keyOf(supervisor))) return;
    asked.add(keyOf(supervisor));
    signalGroup(supervisor, 'SIGTERM');
    return;
  }
  for (const each of left) {
    if (asked.has(keyOf(each))) continue;
    asked.add(keyOf(each));
    signalProcess(each, 'SIGTERM');
  }
}

/** Until one of them exits or `until` passes. Cheaper than scanning all processes each time. */
async function waitForThese(
  these: readonly ProcessIdentity[],
  until: number,
  firstMs: number,
  signal: AbortSignal,
): Promise<number> {
  let pollMs = firstMs;
  for (let looks = 0; looks < 10; looks += 1) {
    await pause(Math.max(1, Math.min(pollMs, until - performance.now())), signal);
    pollMs = Math.min(maxPollMs, pollMs * 2);
    if (performance.now() >= until || !these.every((each) => isRunning(each))) break;
  }
  return pollMs;
}

function keyOf({ pid, start }: ProcessIdentity): string {
  return `${pid}/${start}`;
}

function doesNotDie(left: readonly ProcessIdentity[]): ProviderFailure {
  const pids = left.map(({ pid }) => pid).join(', ');
  const message = `Processes of the worker survive SIGKILL (pid ${pids}): they may be blocked on a disk.`;
  return new ProviderFailure('failed', message, { retryable: true });
}

/**
 * A shell for each worker leads its session and waits for the agent, so that the agent's exit status is there for
 * whichever server asks, also when the one that started it has ended.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { WorkerFolder } from './worker-folder.ts';
import { ProviderFailure, workerName } from '../../ports/provider.ts';

// `set -C` creates the file or fails: however many supervisors are started for a worker, one starts the agent. The
// trap makes the shell outlive a SIGTERM to its group, and leaves the signal's default to the agent. When memory is
// short the kernel is to take the worker rather than the server.
const script = `
set -C
trap : HUP INT TERM
folder=$1
shift
{
  read -r boot </proc/sys/kernel/random/boot_id &&
  read -r stat </proc/$$/stat &&
  printf '%s\\n%s\\n' "$boot" "$stat" >"$folder/identity"
} 2>/dev/null || exit 0
set +C
{ echo 500 >/proc/$$/oom_score_adj; } 2>/dev/null
cd "$folder/work" || exit 1
"$@" </dev/null >"$folder/output" 2>&1
code=$?
printf '%s\\n' "$code" >"$folder/exit"
`;

/**
 * Starts one, and answers once the operating system has.
 * @throws ProviderFailure `capacity` when it has no room for another process.
 */
export async function startSupervisor(
  workerId: string,
  folder: WorkerFolder,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const args = ['-c', script, workerName(workerId), folder.path, ...command];
  const child = spawn('/bin/sh', args, { cwd: '/', env: environment, detached: true, stdio: 'ignore' });
  // The server does not wait for its workers when it ends.
  child.unref();
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.on('error', (error: NodeJS.ErrnoException) => reject(notStarted(error)));
  });
  return child;
}

function notStarted(error: NodeJS.ErrnoException): ProviderFailure {
  const isFull = error.code === 'EAGAIN' || error.code === 'ENOMEM';
  const message = `The machine does not start another process: ${error.message}`;
  return new ProviderFailure(isFull ? 'capacity' : 'failed', message, { retryable: isFull, cause: error });
}

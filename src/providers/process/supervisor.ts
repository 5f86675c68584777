/**
 * Each worker has a shell that leads its session, waits for the agent and records its exit status, so that any server
 * can read it, even after the one that started the worker has exited.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { WorkerFolder } from './worker-folder.ts';
import { ProviderFailure, workerName } from '../../ports/provider.ts';

// The agent's variables come through standard input, as lines to evaluate, because they include its token, and any
// process of the same user can read the initial environment (/proc/<pid>/environ). Without the last line nothing is
// started: the server died before it had written all of them.
//
// With `set -C`, creating the identity file fails if it exists: of several supervisors, one starts the agent. The trap
// lets the shell survive a SIGTERM to its group without making the agent ignore it. The OOM score makes the kernel kill
// the worker before the server.
const script = `
set -C
trap : HUP INT TERM
folder=$1
shift
variables= complete=
while IFS= read -r line; do
  [ "$line" = '# complete' ] && complete=1 || variables="$variables$line
"
done
[ -n "$complete" ] || exit 0
{
  read -r boot </proc/sys/kernel/random/boot_id &&
  read -r stat </proc/$$/stat &&
  printf '%s\\n%s\\n' "$boot" "$stat" >"$folder/identity"
} 2>/dev/null || exit 0
set +C
{ echo 500 >/proc/$$/oom_score_adj; } 2>/dev/null
cd "$folder/work" || exit 1
( eval "$variables" && exec "$@" ) </dev/null >"$folder/output" 2>&1
code=$?
printf '%s\\n' "$code" >"$folder/exit"
`;

/**
 * Starts a supervisor. `environment` is what anybody may read; `agentEnvironment` is the agent's alone.
 * @throws ProviderFailure `capacity` if the machine cannot start another process.
 */
export async function startSupervisor(
  workerId: string,
  folder: WorkerFolder,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  agentEnvironment: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const args = ['-c', script, workerName(workerId), folder.path, ...command];
  const child = spawn('/bin/sh', args, {
    cwd: '/', env: environment, detached: true, stdio: ['pipe', 'ignore', 'ignore'],
  });
  // The server can exit while its workers run.
  child.unref();
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.on('error', (error: NodeJS.ErrnoException) => reject(notStarted(error)));
  });
  // One that ends at once does not read.
  child.stdin.on('error', () => {});
  child.stdin.end(linesOf(agentEnvironment));
  return child;
}

function linesOf(variables: Readonly<Record<string, string>>): string {
  const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  return `${lines.join('')}# complete\n`;
}

function notStarted(error: NodeJS.ErrnoException): ProviderFailure {
  const isFull = error.code === 'EAGAIN' || error.code === 'ENOMEM';
  const message = `The machine cannot start another process: ${error.message}.`;
  return new ProviderFailure(isFull ? 'capacity' : 'failed', message, { retryable: isFull, cause: error });
}

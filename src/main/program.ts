import { allCommands, topics } from './commands/all.ts';
import { kindTexts } from './commands/kind-texts.ts';
import { runCli } from '../transports/cli/run.ts';
import { version } from './version.ts';

// All commands, with this process's streams and signals.

/** Longest life after the end of a command, in milliseconds. */
const lingerMs = 2_000;

// Whoever reads our output may stop reading, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

const exitCode = await runCli(process.argv.slice(2), {
  commands: allCommands,
  topics,
  loadConnect: async () => (await import('./client/index.ts')).createClient,
  kindTexts,
  version,
  env: process.env,
  // Also for what reads the environment by itself.
  addToEnv: (variables) => Object.assign(process.env, variables),
  out: process.stdout,
  error: process.stderr,
  onSignal: (listener) => {
    let stopping = false;
    const on = (signal: NodeJS.Signals): void => {
      // The second time, whatever is still being tidied up has lost its chance.
      if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
      stopping = true;
      listener(signal as 'SIGINT' | 'SIGTERM');
    };
    process.on('SIGINT', on).on('SIGTERM', on);
    return () => void process.off('SIGINT', on).off('SIGTERM', on);
  },
});

process.exitCode = exitCode;
// Usually nothing is left to wait for. What a part that failed to start has left behind must not keep us.
setInterval(() => {
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
}, lingerMs).unref();

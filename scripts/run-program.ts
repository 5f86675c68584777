import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program with this one's input and output, and passes signals on to it.
 * @returns its exit status; 128 and the signal's number when a signal ended it
 */
export function run(
  program: string,
  args: readonly string[],
  folder: string,
  environment: Record<string, string> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...environment }, stdio: 'inherit' });
    const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on('SIGINT', passOn).on('SIGTERM', passOn);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}

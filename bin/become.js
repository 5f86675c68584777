// How the program of this process begins. Runs on old Nodes too.
import Module from 'node:module';

/**
 * Servers and workers run for long: their young objects get 16 MB, not 128, which saves them up to 90 MB of memory and
 * costs no measurable time.
 */
const lastingFlags = ['--max-semi-space-size=8'];
const lasting = ['serve', 'dev', 'worker'];

/** The flags of Node that a program does best with. */
export function flagsFor(args) {
  return lasting.includes(args[0]) ? lastingFlags : [];
}

/** This process becomes the program, with no second process. */
export function become(program, args) {
  const missing = flagsFor(args).filter((flag) => !process.execArgv.includes(flag));
  // Where a process cannot be replaced, it goes without.
  if (missing.length > 0 && process.execve !== undefined && process.platform !== 'win32' && !process.connected) {
    const all = [process.execPath, ...process.execArgv, ...missing, program, ...args];
    process.execve(process.execPath, all, process.env);
  }
  process.argv = [process.execPath, program, ...args];
  Module.runMain();
}

import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

const name = Buffer.from('\0WAYBILL_AGENT_TOKEN=');

/**
 * Overwrites the token in the environment that Linux shows of this process (/proc/<pid>/environ, `ps e`): commands run
 * as the same user, and are not to read it there. Where that cannot be done it stays; it is good for one registration.
 */
export function hideToken(): void {
  delete process.env['WAYBILL_AGENT_TOKEN'];
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // The name of the program, in parentheses, may hold anything. Fields 50 and 51 of proc_pid_stat(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [start, end] = [Number(fields[47]), Number(fields[48])];
    if (!Number.isSafeInteger(start) || !(start > 0) || !(end > start)) return;
    const memory = openSync('/proc/self/mem', 'r+');
    try {
      // One byte more: the first variable has a zero before it as well, the end of the arguments.
      const bytes = Buffer.alloc(end - start + 1);
      readSync(memory, bytes, 0, bytes.length, start - 1);
      const at = bytes.indexOf(name);
      if (at === -1) return;
      const from = at + name.length;
      const to = bytes.indexOf(0, from);
      writeSync(memory, Buffer.alloc((to === -1 ? bytes.length : to) - from, 'x'), 0, null, start - 1 + from);
    } finally {
      closeSync(memory);
    }
  } catch {
    // No Linux, or a hardened one.
  }
}

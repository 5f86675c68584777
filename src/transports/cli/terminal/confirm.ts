import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.ts';
import { flagName, toggle } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';

/** Of the commands that ask before they do something. */
export const yesFlag = { yes: toggle('Do it without asking, as scripts must.') };

/**
 * Whether to do what was just said: asks for it on a terminal, and wants --yes where there is none. Anything but
 * yes is no.
 */
export async function confirm({ output, signal }: Context, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (process.stdin.isTTY !== true || output.errorStream.isTTY !== true) {
    throw new UsageProblem(`nobody can be asked here: ${flagName('yes')} says that it is meant`);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C at the question is no, as everywhere: the interface takes the key, and no signal comes.
  const stopped = new AbortController();
  lines.on('SIGINT', () => stopped.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: AbortSignal.any([signal, stopped.signal]) });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (stopped.signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}

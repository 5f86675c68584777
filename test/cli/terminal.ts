import { spawn } from 'node:child_process';
import { cache, programFile } from './program-file.ts';
import type { Surroundings } from './program.ts';

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * The real program on a terminal of its own (by script of util-linux). When it has said `question`, `answer` is typed.
 * What it writes comes as a terminal has it, standard output and error together.
 */
export function runOnTerminal(
  args: readonly string[],
  { env = {}, question, answer }: Pick<Surroundings, 'env'> & { question: RegExp; answer: string },
): Promise<{ status: number | null; screen: string }> {
  const line = [process.execPath, programFile, ...args].map(quoted).join(' ');
  const child = spawn('script', ['-q', '-e', '-c', line, '/dev/null'], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', XDG_CACHE_HOME: cache, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let typed = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (typed || !question.test(screen)) return;
    typed = true;
    child.stdin.write(answer);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (status) => resolve({ status, screen }));
  });
}

import { text as readAll } from 'node:stream/consumers';
import { CommandFailure, exits } from '../failure.ts';
import type { TerminalStream } from '../output.ts';

/** What is needed of standard input. */
export interface PasswordSource extends AsyncIterable<unknown> {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  on(event: 'data', listener: (text: string) => void): unknown;
  off(event: 'data', listener: (text: string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface PasswordInput {
  /** Asked for without showing it; where there is no terminal, the next line of standard input. */
  ask(question: string): Promise<string>;
  /** The same, asked for twice on a terminal, so that a slip of the finger is noticed. */
  askNew(question: string): Promise<string>;
}

/** Passwords never come from flags: those show in lists of processes and in the shell's history. */
export function createPasswordInput(
  terminal: TerminalStream,
  source: PasswordSource = process.stdin as unknown as PasswordSource,
): PasswordInput {
  if (!source.isTTY) {
    let lines: Promise<string[]> | null = null;
    const ask = async (): Promise<string> => {
      lines ??= readAll(source as unknown as NodeJS.ReadableStream).then((all) => all.split(/\r?\n/));
      const line = (await lines).shift() ?? '';
      if (line === '') throw new CommandFailure('no password: it is read from standard input, a line', exits.usage);
      return line;
    };
    return { ask, askNew: ask };
  }
  const ask = (question: string): Promise<string> => askHidden(question, terminal, source);
  return {
    ask,
    askNew: async (question) => {
      const password = await ask(question);
      if ((await ask('The same again: ')) === password) return password;
      throw new CommandFailure('the two are not the same', exits.usage);
    },
  };
}

const enter = new Set(['\r', '\n', '\u0004']);
const backspace = new Set(['\u007f', '\b']);

function askHidden(question: string, terminal: TerminalStream, source: PasswordSource): Promise<string> {
  terminal.write(question);
  source.setEncoding('utf8');
  source.setRawMode?.(true);
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const end = (finish: () => void): void => {
      source.off('data', hear);
      source.setRawMode?.(false);
      source.pause();
      terminal.write('\n');
      finish();
    };
    const hear = (text: string): void => {
      for (const letter of text) {
        if (enter.has(letter)) return end(() => resolve(typed.join('')));
        // In raw mode Ctrl-C is a letter, and no signal comes.
        if (letter === '\u0003') return end(() => reject(new CommandFailure('stopped', exits.interrupted)));
        if (backspace.has(letter)) typed.pop();
        else if (letter === '\u0015') typed = [];
        else if (letter >= ' ') typed.push(letter);
      }
    };
    source.on('data', hear);
    source.resume();
  });
}

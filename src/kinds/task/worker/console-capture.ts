import { formatWithOptions } from 'node:util';
import type { LogLevel } from '../typed/handler.ts';
import { current } from './current.ts';

/** Whether what handlers print by `console` goes to the logs of their tasks; "only": and is not printed any more. */
export type CaptureConsole = boolean | 'only';

const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;
type Method = keyof typeof levels;

/** Of one call; what is more is left out, and said. */
const most = { characters: 262_144, lines: 1_000 } as const;

/** Workers of this process that capture. */
let workers = 0;
let undo = (): void => {};

/**
 * Has the methods of `console` write to the log of the task whose handler calls them, as `current` knows it; all other
 * calls are as they were. Returns what ends it for this worker.
 */
export function captureConsole(): () => void {
  workers += 1;
  if (workers === 1) undo = replaceMethods();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    workers -= 1;
    if (workers === 0) undo();
  };
}

function replaceMethods(): () => void {
  const undos = (Object.keys(levels) as Method[]).map((method) => {
    const print = console[method];
    const capturing = function (this: unknown, ...args: unknown[]): void {
      if (!isTaken(levels[method], args)) Reflect.apply(print, this, args);
    };
    console[method] = capturing;
    return () => {
      // Somebody else may have put a method around this one.
      if (console[method] === capturing) console[method] = print;
    };
  });
  return () => undos.forEach((restore) => restore());
}

/** Whether it is not to be printed as well. Never throws: what cannot be written is printed alone. */
function isTaken(level: LogLevel, args: readonly unknown[]): boolean {
  const printing = current.getStore()?.printing ?? null;
  if (printing === null) return false;
  try {
    for (const line of linesOf(args)) printing.line(level, line);
    return printing.isOnly;
  } catch {
    return false;
  }
}

function linesOf(args: readonly unknown[]): readonly string[] {
  const text = formatWithOptions({ colors: false }, ...args);
  const lines = text.slice(0, most.characters).toWellFormed().split('\n').filter((line) => line.trim() !== '');
  const kept = lines.slice(0, most.lines);
  const isCut = text.length > most.characters || lines.length > most.lines;
  return isCut ? [...kept, `[cut: ${text.length} characters were printed at once]`] : kept;
}

import type { WorkerLogger } from '../../../worker/server/log.ts';
import { wordsOf } from '../../../worker/thrown.ts';
import type { LogLevel } from './handler.ts';

/** Writes lines of a task's log, fields as JSON after the message. */
export function taskLogger(line: (level: LogLevel, message: string) => void): WorkerLogger {
  const at =
    (level: LogLevel): WorkerLogger['info'] =>
    (message, fields) =>
      line(level, fields === undefined ? wordsOf(message) : `${wordsOf(message)} ${jsonOf(fields)}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function jsonOf(fields: unknown): string {
  try {
    return JSON.stringify(fields);
  } catch {
    return wordsOf(fields);
  }
}

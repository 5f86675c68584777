import type { Logger } from '../../ports/world.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof levels)[number];

/** What a line of the log is made of. */
export interface LogEntry {
  /** ISO 8601. */
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** One JSON line per call: `time`, `level`, `message`, what `more` answers, and the call's fields. */
export function createLogger(
  minimum: LogLevel,
  write: (line: string) => void,
  lineOf: (entry: LogEntry) => string = JSON.stringify,
  more: () => Readonly<Record<string, unknown>> | null = () => null,
): Logger {
  const from = levels.indexOf(minimum);
  const at = (level: LogLevel): Logger['info'] => {
    if (levels.indexOf(level) < from) return () => {};
    return (message, fields) => {
      write(`${lineOf({ time: new Date().toISOString(), level, message, ...more(), ...fields })}\n`);
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

import type { Logger } from '../../ports/world.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof levels)[number];

/** One JSON line per call: `time` (ISO 8601), `level`, `message`, and the call's fields. */
export function createLogger(minimum: LogLevel, write: (line: string) => void): Logger {
  const from = levels.indexOf(minimum);
  const at = (level: LogLevel): Logger['info'] => {
    if (levels.indexOf(level) < from) return () => {};
    return (message, fields) => {
      write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

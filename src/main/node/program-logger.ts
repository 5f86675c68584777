import type { Logger } from '../../ports/world.ts';
import { logText } from './log-text.ts';
import { createLogger, type LogLevel } from './logger.ts';
import type { Tracing } from './tracing/start.ts';

/** The log of a program, on a stream such as standard error; `auto` is text on a terminal and JSON anywhere else. */
export function createProgramLogger(
  { level, format }: { readonly level: LogLevel; readonly format: 'auto' | 'json' | 'text' },
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>,
  tracing: Pick<Tracing, 'logFields'> | null = null,
): Logger {
  const isText = format === 'text' || (format === 'auto' && stream.isTTY);
  return createLogger(level, (line) => void stream.write(line), isText ? logText(stream.isTTY) : JSON.stringify,
    tracing?.logFields);
}

/** Where a line came from: a command's standard output or error, or what a handler said by its log. */
export const logStreams = ['out', 'err', 'log'] as const;
export type LogStream = (typeof logStreams)[number];

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One line of a job's log, without its end of line. */
export interface LogLine {
  /** Milliseconds since 1970, by the clock of whoever wrote it. */
  readonly at: number;
  readonly stream: LogStream;
  /** Only of what was logged with one. */
  readonly level?: LogLevel;
  /** At most `maxLineLength` characters. */
  readonly text: string;
  readonly attempt: number;
}

export interface NumberedLine extends LogLine {
  /** Within the job, from 1; never used again. */
  readonly number: number;
}

export const maxLineLength = 16_384;

/**
 * Cuts what is longer than a line may be, and says so. `length`: of the line, where `text` is only its beginning;
 * `most`: characters, from 100.
 */
export function cutLine(text: string, { length = text.length, most = maxLineLength } = {}): string {
  if (length <= most) return text;
  const said = ` [cut: the line has ${length} characters]`;
  const kept = most - said.length;
  // Not between the halves of a surrogate pair.
  const isPair = /[\ud800-\udbff]/.test(text.charAt(kept - 1));
  return text.slice(0, isPair ? kept - 1 : kept) + said;
}

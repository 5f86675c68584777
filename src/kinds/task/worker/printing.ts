import type { LogLevel } from '../typed/handler.ts';

/** What takes the lines that a handler prints by `console`. */
export interface Printing {
  readonly line: (level: LogLevel, text: string) => void;
  /** Whether they are printed no more. */
  readonly isOnly: boolean;
}

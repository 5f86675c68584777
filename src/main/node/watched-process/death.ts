import { mebibyte } from './wire.ts';

/** How a watched process came to its end. */
export interface Death {
  /**
   * - `exited`: by itself or by somebody else's signal, a crash of native code included
   * - `blocked`: its event loop stood still for too long
   * - `memory`: it took more than it may
   * - `failed`: its program could not begin
   * - `ended`: its owner wanted it so, by `end` or `stop`
   */
  readonly cause: 'exited' | 'blocked' | 'memory' | 'failed' | 'ended';
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not begin; null otherwise. */
  readonly failure: string | null;
  /** The end of what it wrote on standard error, up to 2,000 characters. */
  readonly lastWords: string;
  readonly livedMs: number;
}

/** To be put after the name of the process: "was stopped because ...". */
export function describeDeath(
  { cause, exitCode, signal, failure }: Death,
  { silenceMs, memoryBytes }: { readonly silenceMs: number; readonly memoryBytes: number },
): string {
  switch (cause) {
    case 'blocked':
      return `was stopped because its event loop was blocked for ${silenceMs / 1_000} s`;
    case 'memory':
      return `was stopped because it used more than its ${Math.floor(memoryBytes / mebibyte)} MiB of memory`;
    case 'failed':
      return `could not begin: ${failure}`;
    case 'ended':
      return 'was ended';
    case 'exited':
      return signal === null ? `ended with exit code ${exitCode}` : `was killed by ${signal}`;
  }
}

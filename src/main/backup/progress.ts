import type { Output } from '../../transports/cli/output.ts';
import { createProgress } from '../../transports/cli/terminal/progress.ts';

/** Between two lines in a log, and before the first: what is done sooner needs none. */
const lineEveryMs = 10_000;

export interface LongProgress {
  update(label: string, done: number, total: number): void;
  end(): void;
}

export function createLongProgress(output: Output, env: Readonly<Record<string, string | undefined>>): LongProgress {
  const progress = createProgress(output, env, lineEveryMs);
  const saidFrom = output.errorStream.isTTY === true ? 0 : performance.now() + lineEveryMs;
  return {
    update(label, done, total) {
      if (performance.now() >= saidFrom) progress.update({ label, done, failed: 0, total });
    },
    end: () => progress.end(),
  };
}

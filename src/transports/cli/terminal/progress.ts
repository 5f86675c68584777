import type { Output } from '../output.ts';
import { createLiveLine } from './live-line.ts';

export interface Stage {
  /** What is going on: "uploading", "running". */
  readonly label: string;
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

/**
 * Tells how far something is on standard error: one line that is drawn again and again on a terminal,
 * plain lines anywhere else, nothing at all when the result is JSON.
 */
export interface Progress {
  update(stage: Stage): void;
  /** Takes the line away; what is written next stands in its place. May be called again. */
  end(): void;
}

/** Between two lines where there is no terminal. */
const usualLineEveryMs = 1_000;
const widestBar = 24;
/** What stands beside the bar, in columns. */
const besideBar = 48;

export function createProgress(
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
  lineEveryMs = usualLineEveryMs,
): Progress {
  const { json, errorStream, style } = output;
  if (json) return { update() {}, end() {} };
  const live = createLiveLine(output, env);
  if (live === null) return createLines((line) => void errorStream.write(`${line}\n`), lineEveryMs);
  return {
    update({ label, done, failed, total }) {
      live.show((elapsedMs) => {
        const barWidth = Math.max(4, Math.min(widestBar, (errorStream.columns ?? 80) - besideBar));
        const filled = total === 0 ? 0 : Math.round((barWidth * (done + failed)) / total);
        const bar = style('cyan', '█'.repeat(filled)) + style('dim', '░'.repeat(barWidth - filled));
        const trouble = failed === 0 ? '' : `  ${style('red', `${failed} failed`)}`;
        const parts = `${label.padEnd(11)} ${bar} ${done + failed}/${total}`;
        return `${parts}${trouble}  ${style('dim', duration(elapsedMs))}`;
      });
    },
    end: () => live.clear(),
  };
}

/** A line whenever the label changes, at the last unit, and otherwise now and then. */
function createLines(write: (line: string) => void, lineEveryMs: number): Progress {
  let last = { label: '', at: 0, line: '' };
  return {
    update({ label, done, failed, total }) {
      const line = `${label} ${done + failed}/${total}${failed === 0 ? '' : `, ${failed} failed`}`;
      const due = label !== last.label || done + failed === total || Date.now() - last.at >= lineEveryMs;
      if (!due || line === last.line) return;
      write(line);
      last = { label, at: Date.now(), line };
    },
    end() {},
  };
}

/** `4.2 s`, `1 min 05 s` */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
}

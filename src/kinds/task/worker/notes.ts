import { shortened } from '../../../worker/shortened.ts';
import { maxLineLength } from '../../../domain/log-line.ts';
import type { LogLevel } from '../typed/handler.ts';
import type { Thrown } from '../../../worker/thrown.ts';
import type { Report } from './transport.ts';

/** As many as the server keeps: of more than that, the oldest are not even sent. */
const keptErrors = 100;
const [keptLines, keptLength] = [10_000, 8 * 1_048_576];
/** Of one report: 1,000 lines, and about this many bytes. */
const linesAtOnce = 1_000;
const logBytes = 200_000;
const itemLength = 200;

interface Line {
  readonly at: string;
  readonly level: LogLevel;
  readonly message: string;
}

interface Step {
  readonly result: unknown;
  readonly bytes: number;
  /** Null: not known. */
  readonly tookMs: number | null;
  readonly stored: PromiseWithResolvers<void>;
  isSent: boolean;
}

interface KeptLine extends Line {
  readonly number: number;
}

/** What a handler said on its way that is not sent yet: never more than the server would keep. */
export class Notes {
  #progress: { readonly processed: number; readonly total: number | null } | null = null;
  #lines: KeptLine[] = [];
  /** Of the lines' messages. */
  #length = 0;
  /** Of the newest line: those that were dropped on the way leave their numbers out. */
  #lineNumber = 0;
  /** Of the newest line that another process has said. */
  #heard = 0;
  #errors: ({ readonly item: string | null } & Thrown)[] = [];
  #cost = 0;
  /** Those of which it is not known yet whether they are stored. */
  readonly #steps = new Map<string, Step>();
  /** Of the newest report that can be told from its repetition. */
  #number = 0;

  progress(processed: number, total: number | null): void {
    this.#progress = { processed, total: total ?? this.#progress?.total ?? null };
  }

  error(item: string | null, thrown: Thrown): void {
    this.#errors.push({ item: item === null ? null : shortened(item, itemLength), ...thrown });
    if (this.#errors.length > keptErrors) this.#errors.shift();
  }

  line(level: LogLevel, message: string, at = new Date().toISOString()): void {
    const kept = shortened(message, maxLineLength);
    this.#lines.push({ at, level, message: kept, number: ++this.#lineNumber });
    this.#length += kept.length;
    if (this.#lines.length >= 2 * keptLines || this.#length >= 2 * keptLength) this.#dropLines();
  }

  cost(microUsd: number): void {
    this.#cost += microUsd;
  }

  /** Resolves when the server has stored it. */
  step(name: string, result: unknown, bytes: number, tookMs: number | null): Promise<void> {
    const stored = Promise.withResolvers<void>();
    this.#steps.set(name, { result, bytes, tookMs, stored, isSent: false });
    return stored.promise;
  }

  /** What became of a step that was sent. */
  stepHeard(name: string, refusal: Error | null): void {
    const step = this.#steps.get(name);
    this.#steps.delete(name);
    if (refusal === null) step?.stored.resolve();
    else step?.stored.reject(refusal);
  }

  /** Whether a handler waits until the server has heard it. */
  get isUrgent(): boolean {
    for (const { isSent } of this.#steps.values()) if (!isSent) return true;
    return false;
  }

  /** Takes over what another process gathered: a report of its `next`. */
  add(report: Exclude<Report, { readonly type: 'step' }>): void {
    if (report.type === 'progress') this.progress(report.processed, report.total ?? null);
    else if (report.type === 'cost') this.cost(report.microUsd);
    else if (report.type === 'log') this.#addLines(report);
    else if (report.type === 'error') {
      const { leaseId: _, type: __, number: ___, item = null, ...thrown } = report;
      this.error(item, thrown);
    }
  }

  /** Nobody hears it any more. */
  clear(why: Error): void {
    for (const name of [...this.#steps.keys()]) this.stepHeard(name, why);
    this.#progress = null;
    this.#lines = [];
    this.#length = 0;
    this.#errors = [];
    this.#cost = 0;
  }

  /** Takes off the next report, and about how many bytes it has; null when nothing is left. */
  next(leaseId: string): { readonly report: Report; readonly bytes: number } | null {
    for (const [name, step] of this.#steps) {
      if (step.isSent) continue;
      step.isSent = true;
      const { result, bytes, tookMs } = step;
      const report: Report = { leaseId, type: 'step', name, result, ...(tookMs !== null && { tookMs }) };
      return { report, bytes: 200 + bytes };
    }
    if (this.#lines.length > 0) {
      const { lines, bytes } = this.#someLines();
      const [{ number: firstLine }] = lines as [KeptLine];
      const said = lines.map(({ at, level, message }): Line => ({ at, level, message }));
      return { report: { leaseId, type: 'log', firstLine, lines: said }, bytes };
    }
    const error = this.#errors.shift();
    if (error !== undefined) {
      const report: Report = { leaseId, type: 'error', number: ++this.#number, ...error };
      return { report, bytes: 150 + error.message.length + (error.stack?.length ?? 0) };
    }
    if (this.#cost > 0) {
      const microUsd = this.#cost;
      this.#cost = 0;
      return { report: { leaseId, type: 'cost', number: ++this.#number, microUsd }, bytes: 120 };
    }
    if (this.#progress === null) return null;
    const said = this.#progress;
    this.#progress = null;
    return { report: { leaseId, type: 'progress', number: ++this.#number, ...said }, bytes: 140 };
  }

  /** The newest are kept: at least half of what may gather, so that this is not done for each line. */
  #dropLines(): void {
    let [count, length] = [0, 0];
    while (count < keptLines && length < keptLength) {
      count += 1;
      length += this.#lines.at(-count)?.message.length ?? keptLength;
    }
    this.#lines = this.#lines.slice(-count);
    this.#length = this.#lines.reduce((sum, { message }) => sum + message.length, 0);
  }

  #addLines({ firstLine, lines }: Report & { readonly type: 'log' }): void {
    const from = firstLine ?? this.#heard + 1;
    this.#lineNumber += Math.max(0, from - this.#heard - 1);
    for (const { level, message, at } of lines) this.line(level, message, at);
    this.#heard = from + lines.length - 1;
  }

  /** That follow each other. */
  #someLines(): { lines: KeptLine[]; bytes: number } {
    const [first] = this.#lines;
    let count = 0;
    let bytes = 100;
    while (count < linesAtOnce && this.#lines[count]?.number === (first?.number ?? 0) + count && bytes < logBytes) {
      const { length } = this.#lines[count]!.message;
      bytes += 80 + length;
      this.#length -= length;
      count += 1;
    }
    return { lines: this.#lines.splice(0, count), bytes };
  }
}

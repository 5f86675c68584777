import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { LogLine } from '../../domain/log-line.ts';
import type { LogKeep, NewLogChunk } from '../../ports/store/log-chunks.ts';
import type { WorkLease } from '../../ports/store/work-store.ts';
import { elapsedTime } from '../../ports/world.ts';
import type { Dependencies } from '../dependencies.ts';
import { chunkProblem, encodeLine, packLines } from './chunk-codec.ts';
import { ChunkRate } from './chunk-rate.ts';
import type { KindLogs } from './kind-logs.ts';

/** The minimum interval between notifications to other servers about new lines. Milliseconds. */
const tellMs = 100;

/** Up to which number lines of the lease are known; `stored`: whether this call has stored all of its chunk. */
export interface Written {
  readonly lines: number;
  /** If part of a chunk is already stored, nothing of it is stored: its writer sends the missing lines again. */
  readonly stored: boolean;
}

type Deps = Pick<Dependencies, 'store' | 'signals' | 'clock' | 'gzip'>;

/** Stores the logs of jobs of one kind, and notifies followers. */
export class LogWriter {
  readonly #deps: Deps;
  readonly #keep: LogKeep;
  readonly #rate: ChunkRate;
  #toldAt = -Infinity;

  constructor(deps: Deps, { keepLines, keepBytes }: KindLogs) {
    this.#deps = deps;
    this.#keep = { lines: keepLines, bytes: keepBytes };
    this.#rate = new ChunkRate(() => elapsedTime(deps.clock));
  }

  /** A chunk as its writer has made it: it is not unpacked for being stored. */
  async append(lease: WorkLease, chunk: NewLogChunk): Promise<Result<Written>> {
    const problem = chunkProblem(chunk);
    if (problem !== null) return refuse('invalid_request', problem);
    const waitMs = this.#rate.take(lease.jobId);
    if (waitMs > 0) {
      const details = { retryAfterSeconds: Math.ceil(waitMs / 1000) };
      return refuse(
        'rate_limit',
        'The log of this job arrives in too many small pieces: send more lines at once.', details,
      );
    }
    const appended = await this.#deps.store.logs.append(lease, chunk, this.#keep);
    if (appended.outcome === 'lost') return refuse('lease_lost', 'The lease is no longer valid.');
    if (appended.outcome === 'stored') this.#tell(lease.jobId);
    return ok({ lines: appended.lines, stored: appended.outcome !== 'overlap' });
  }

  /** Lines in as many chunks as it takes. `firstLine`: as a chunk has it. */
  async write(lease: WorkLease, firstLine: number | null, lines: readonly LogLine[]): Promise<Result<Written>> {
    let left = lines.map(encodeLine);
    let first = firstLine;
    let known = 0;
    while (left.length > 0) {
      for (const chunk of await packLines(this.#deps.gzip, left)) {
        const written = await this.append(lease, { firstLine: first, ...chunk });
        if (!written.ok) return written;
        known = written.value.lines;
        if (first === null) left = left.slice(chunk.lineCount);
        else {
          // Those that are known, of this chunk or of one before, are cut off.
          const next = written.value.stored ? first + chunk.lineCount : known + 1;
          left = left.slice(next - first);
          first = next;
          if (!written.value.stored) break;
        }
      }
    }
    return ok({ lines: known, stored: true });
  }

  #tell(jobId: string): void {
    const { signals, store, clock } = this.#deps;
    signals.lines.logged(jobId);
    const now = elapsedTime(clock);
    if (store.wakeUps === undefined || now - this.#toldAt < tellMs) return;
    this.#toldAt = now;
    store.wakeUps.notify('logs');
  }
}

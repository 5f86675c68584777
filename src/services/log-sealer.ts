import type { Dependencies } from '../application/dependencies.ts';
import type { KindLogs } from '../application/logs/kind-logs.ts';
import { sealLog } from '../application/logs/seal.ts';
import type { WakeUp } from '../application/wake-up.ts';
import type { Commit } from '../ports/store/commit.ts';
import type { UnsealedLog } from '../ports/store/log-chunks.ts';
import { createLoop, faultLevel, isSettled, type Service } from './service.ts';

/** How often it looks for what nobody has told of. */
const pollMs = 10_000;
/** What has ended in this time is left to the server that has ended it. */
const othersMs = 5_000;
const atOnce = 500;
/** Of jobs that have ended; those beyond are found by looking. */
const maxTold = 10_000;
const objectLeaseMs = 300_000;

export interface LogSealerOptions {
  readonly deps: Pick<Dependencies, 'store' | 'objects' | 'gzip' | 'ids' | 'clock' | 'logger' | 'signals'>;
  /** By the kind's name; undefined where its jobs have no log. */
  readonly logsOf: (kind: string) => KindLogs | undefined;
  /** How long jobs of the kind are kept after their end; null: for ever. Milliseconds. */
  readonly keepMs: (kind: string) => number | null;
  readonly wakeUp: WakeUp;
}

export interface LogSealer {
  readonly service: Service;
  /** To be called after each commit. */
  onStored(commit: Pick<Commit, 'jobs'>): void;
}

/** Seals the logs of jobs that have ended, and deletes the objects of logs that are gone. */
export function createLogSealer({ deps, logsOf, keepMs, wakeUp }: LogSealerOptions): LogSealer {
  const { store: { logs }, objects, clock, logger, signals: { lines } } = deps;
  const told = new Set<string>();
  let pollAt = 0;
  let after = '';
  const next = async (): Promise<readonly UnsealedLog[]> => {
    if (told.size > 0) {
      const jobIds = [...told].slice(0, atOnce);
      for (const id of jobIds) told.delete(id);
      return logs.unsealed({ jobIds, limit: atOnce });
    }
    const now = clock.now();
    if (now < pollAt && pollAt <= now + pollMs) return [];
    const found = await logs.unsealed({ after, limit: atOnce });
    after = found.length === atOnce ? (found.at(-1)?.jobId ?? '') : '';
    if (after === '') pollAt = now + pollMs;
    return found.filter(({ endedAt }) => endedAt <= now - othersMs || endedAt > now);
  };
  const round = async (signal: AbortSignal): Promise<number> => {
    const found = await next();
    const asTheyAre = found.filter((log) => isGood(log, logsOf(log.kind)));
    if (asTheyAre.length > 0) await logs.close(asTheyAre);
    for (const log of found.filter((one) => !asTheyAre.includes(one))) {
      const ofKind = logsOf(log.kind);
      if (signal.aborted) return 0;
      if (ofKind === undefined) continue;
      const kept = keepMs(log.kind);
      await sealLog(deps, log, ofKind, kept === null ? null : log.endedAt + kept).catch((error: unknown) => {
        const { jobId } = log;
        logger[faultLevel(error)]('a log is not sealed yet', { jobId, error: String(error) });
      });
    }
    const isMore = isSettled(clock) && (await deleteLoose(deps));
    return told.size > 0 || after !== '' || isMore ? 0 : pollMs;
  };
  return {
    service: createLoop({ name: 'log-sealer', logger, wakeUp, round }),
    onStored({ jobs }) {
      const before = told.size;
      for (const { job, before: old } of jobs) {
        const hasEnded = job.endedAt !== null && (old?.endedAt ?? null) === null;
        // What was logged at another server, or before this one began, is found by looking.
        if (hasEnded && told.size < maxTold && lines.wasLogged(job.id)) told.add(job.id);
      }
      if (before === 0 && told.size > 0) wakeUp.notify();
    },
  };

  async function deleteLoose({ store }: LogSealerOptions['deps']): Promise<boolean> {
    const keys = await store.logs.looseObjects({ now: clock.now(), leaseMs: objectLeaseMs, limit: 100 });
    if (keys.length === 0) return false;
    await objects.delete(keys);
    await store.logs.forgetObjects(keys);
    return keys.length === 100;
  }
}

/** It is as small as it gets, and one chunk. */
function isGood({ bytes, chunks, hasFile }: UnsealedLog, logs: KindLogs | undefined): boolean {
  return logs !== undefined && !hasFile && chunks <= 1 && (chunks === 0 || bytes < logs.minObjectBytes);
}

import type { WorkerLogger } from '../../../worker/server/log.ts';
import { pause } from '../../../http/pause.ts';
import type { RequestError } from '../../../http/request-error.ts';
import { LeaseLostError } from './errors.ts';
import type { Held } from './held.ts';
import { describe, isLockedOut } from './persistence.ts';
import type { WorkTransport } from './transport.ts';

/** Heartbeats within the life of a lease, so that one or two may go wrong. */
const beatsPerLease = 3;
/** As many more while the server does not answer. */
const hastePerBeat = 4;
const leasesAtOnce = 1_000;

export interface HeartOptions {
  readonly transport: Pick<WorkTransport, 'heartbeat'>;
  readonly workerId: string;
  readonly leaseMs: number;
  /** What it would take now. */
  readonly types: () => readonly string[];
  readonly logger: WorkerLogger;
  readonly held: () => Iterable<Held>;
  readonly onLost: (held: Held, reason: LeaseLostError) => void;
  readonly onCancelRequested: (held: Held) => void;
  readonly onLockedOut: (trouble: RequestError) => void;
  /** Called at every beat. */
  readonly onBeat: () => void;
}

/** Renews the leases of all tasks until the signal is aborted, those not begun and those not reported included. */
export async function keepBeating(options: HeartOptions, signal: AbortSignal): Promise<void> {
  const beatMs = options.leaseMs / beatsPerLease;
  for (let pauseMs = beatMs; ; ) {
    await pause(pauseMs, signal).catch(() => {});
    if (signal.aborted) return;
    options.onBeat();
    const answered = await beat(options, beatMs, signal);
    if (signal.aborted) return;
    loseTheSilent(options);
    pauseMs = answered ? beatMs : beatMs / hastePerBeat;
  }
}

/** Whether the server has answered. */
async function beat(options: HeartOptions, timeLimitMs: number, signal: AbortSignal): Promise<boolean> {
  const { transport, workerId, leaseMs, types, logger, held, onLost, onCancelRequested, onLockedOut } = options;
  const all = [...held()].filter(({ isLost }) => !isLost);
  for (let from = 0; from < all.length; from += leasesAtOnce) {
    const some = all.slice(from, from + leasesAtOnce);
    const asked = performance.now();
    try {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(Math.max(1_000, timeLimitMs)))]);
      const leaseIds = some.map(({ leaseId }) => leaseId);
      const { leases } = await transport.heartbeat({ workerId, leaseIds, leaseMs, types: [...types()] }, inTime);
      for (const [index, one] of some.entries()) {
        const lease = leases[index];
        // How it ended may have been stored meanwhile: the answer to that says what became of it.
        if (one.ending !== null) one.goodUntil = asked + leaseMs;
        else if (lease === undefined || lease.leasedUntil === null) {
          onLost(one, new LeaseLostError('The lease is lost: another worker may have the task.'));
        } else {
          one.goodUntil = asked + leaseMs;
          if (lease.cancelRequested) onCancelRequested(one);
        }
      }
    } catch (error) {
      if (signal.aborted) return false;
      if (isLockedOut(error)) onLockedOut(error);
      logger.warn('a heartbeat failed', { trouble: describe(error), leases: some.length });
      return false;
    }
  }
  return true;
}

/** Results are still said, however late: until somebody else has the task, they count. */
function loseTheSilent({ held, onLost }: HeartOptions): void {
  const now = performance.now();
  for (const one of [...held()]) {
    if (one.isLost || one.ending !== null || one.goodUntil > now) continue;
    onLost(one, new LeaseLostError('The server was not reached for as long as the lease lasts.'));
  }
}

import { onTestFinished } from 'vitest';
import { runImageWorker, type ImageWorkerOptions } from '../../src/kinds/image-set/worker/image-worker.ts';
import type { MakePhoto } from '../../src/kinds/image-set/worker/make.ts';
import type { ImageWorkerStats } from '../../src/kinds/image-set/worker/stats.ts';
import type { Restyle } from '../../src/kinds/image-set/worker/restyle.ts';
import { Peer, secret } from './peer.ts';
import { quick } from './quick.ts';
import { prefixing } from './restyling.ts';

export { prefixing, quick };

export interface RunningWorker {
  readonly finished: Promise<ImageWorkerStats>;
  readonly logs: readonly { readonly level: string; readonly message: string; readonly fields: string }[];
  stats(): ImageWorkerStats | null;
  /** Waits for the counts to be so. */
  until(isSo: (stats: ImageWorkerStats) => boolean): Promise<void>;
  stop(): Promise<ImageWorkerStats>;
}

/** A peer that is closed, and found without violations, when the test is over. */
export async function startPeer(): Promise<Peer> {
  const peer = await Peer.start();
  onTestFinished(async () => {
    await peer.close();
    if (peer.violations.length > 0) throw new Error(`against the wire contract:\n${peer.violations.join('\n')}`);
  });
  return peer;
}

/** A worker that is stopped when the test is over. */
export function startWorker(
  peer: { readonly url: string },
  options: Partial<ImageWorkerOptions> & ({ readonly restyle: Restyle } | { readonly make: MakePhoto }),
): RunningWorker {
  const stopping = new AbortController();
  const logs: { level: string; message: string; fields: string }[] = [];
  const log = (level: string) => (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    logs.push({ level, message, fields: JSON.stringify(fields) });
  };
  let stats: ImageWorkerStats | null = null;
  const watchers = new Set<() => void>();
  const { limits, ...rest } = options;
  const finished = runImageWorker({
    server: peer.url,
    secret,
    signal: stopping.signal,
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    limits: { ...quick, ...limits },
    stats: (now) => {
      stats = now;
      for (const wake of [...watchers]) wake();
    },
    ...rest,
  });
  // Whoever awaits it sees the error; nobody has to.
  finished.catch(() => {});
  const stop = (): Promise<ImageWorkerStats> => {
    stopping.abort();
    return finished;
  };
  onTestFinished(() => void stop().catch(() => {}));
  return {
    finished,
    logs,
    stats: () => stats,
    until: async (isSo) => {
      while (stats === null || !isSo(stats)) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            watchers.delete(wake);
            resolve();
          };
          watchers.add(wake);
        });
      }
    },
    stop,
  };
}

/** Something to be restyled; the peer does not look inside. */
export function photo(text: string): Uint8Array {
  return Buffer.from(text);
}

type Rejection = Readonly<Partial<Record<'code' | 'preview' | 'confidence', unknown>>>;

/** An error as the imaging code throws it for a picture that cannot be used. */
export function rejected(message: string, more: Rejection = {}): Error {
  return Object.assign(new Error(message), { name: 'ImageRejected', ...more });
}

/** Restyling that waits until the test lets it go on. */
export function gatedRestyle(): {
  readonly restyle: Restyle;
  readonly begun: string[];
  readonly aborted: string[];
  /** Waits for so many to have begun. */
  untilBegun(count: number): Promise<void>;
  untilAborted(count: number): Promise<void>;
  /** Lets the one under way, or the next, end. */
  release(count?: number): void;
} {
  const begun: string[] = [];
  const aborted: string[] = [];
  const gates: (() => void)[] = [];
  let passes = 0;
  let wake = (): void => {};
  let changed = new Promise<void>((resolve) => (wake = resolve));
  const change = (): void => {
    wake();
    changed = new Promise((resolve) => (wake = resolve));
  };
  const until = async (list: readonly string[], count: number): Promise<void> => {
    while (list.length < count) await changed;
  };
  const restyle: Restyle = async (input) => {
    begun.push(Buffer.from(input.image).toString());
    change();
    const gate = new Promise<void>((resolve, reject) => {
      if (passes > 0) {
        passes -= 1;
        return resolve();
      }
      gates.push(resolve);
      input.signal.addEventListener('abort', () => {
        if (!gates.includes(resolve)) return;
        gates.splice(gates.indexOf(resolve), 1);
        aborted.push(Buffer.from(input.image).toString());
        change();
        reject(input.signal.reason as Error);
      });
    });
    await gate;
    return prefixing(input);
  };
  const release = (count = 1): void => {
    for (let each = 0; each < count; each++) {
      const open = gates.shift();
      if (open === undefined) passes += 1;
      else open();
    }
  };
  return {
    restyle, begun, aborted, release,
    untilBegun: (count) => until(begun, count),
    untilAborted: (count) => until(aborted, count),
  };
}

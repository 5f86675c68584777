import { backoffMs } from '../../../domain/retry.ts';
import { describeDeath, type Death } from './death.ts';
import { forkWatched, type Fork, type ForkOptions } from './fork.ts';

export interface KeepOptions<Init, Up> extends ForkOptions<Init, Up> {
  /** Milliseconds before the first restart, doubled with each one up to `maxRestartMs`; 500 and 60,000 unless given. */
  readonly firstRestartMs?: number;
  readonly maxRestartMs?: number;
  /** After a life as long as this the next restart is a first one again; 60,000 unless given. */
  readonly longLifeMs?: number;
  /** A program has begun, the first time or again. */
  readonly onReady?: (ready: unknown) => void;
  /** A process is gone, and another one will be started, unless `stop` was called. */
  readonly onDeath?: (death: Death) => void;
}

export interface KeptProcess<Down> {
  /** Of the first process: what its program told when it began. Rejects when that one has ended before. */
  readonly ready: Promise<unknown>;
  /** Whether a program has begun and is there. */
  readonly isUp: boolean;
  /** See `Fork`; 0 while there is no process. */
  readonly silentMs: number;
  /** Of the process that is there now. */
  readonly pid: number | undefined;
  /** Whether it was handed over: between the death of a process and the next one nobody takes it. */
  send(message: Down): boolean;
  /** Ends the process at once; another one is started. For an owner who sees that it does not get on. */
  end(): void;
  /** Ends a process that has nothing to do, and starts one that holds no memory yet, at once and without a word. */
  renew(): void;
  /** Stops it for good, by force after the grace time. May be called again; resolves when the process is gone. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Runs a program in a process of its own that is watched (see `forkWatched`) and started again whenever it has ended,
 * later each time. Each death is logged, with the last that the process wrote on standard error.
 */
export function keepRunning<Init, Down, Up>(options: KeepOptions<Init, Up>): KeptProcess<Down> {
  const { name, logger, limits, onReady, onDeath } = options;
  const { firstRestartMs = 500, maxRestartMs = 60_000, longLifeMs = 60_000 } = options;
  const backoff = { firstMs: firstRestartMs, maxMs: maxRestartMs };
  let deaths = 0;
  let restart: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | null = null;
  let isUp = false;
  let isRenewed = false;
  let now: Fork<Down> | null = null;

  const start = (): Fork<Down> => {
    const started = forkWatched<Init, Down, Up>(options);
    now = started;
    started.ready.then(
      (ready) => {
        isUp = true;
        onReady?.(ready);
      },
      () => {},
    );
    void started.gone.then(over);
    return started;
  };
  const over = (death: Death): void => {
    isUp = false;
    now = null;
    if (stopping === null && isRenewed) {
      isRenewed = false;
      start();
    } else if (stopping === null) {
      deaths = death.livedMs >= longLifeMs ? 1 : deaths + 1;
      const restartMs = backoffMs(backoff, deaths, 0);
      const { exitCode, signal, lastWords, livedMs } = death;
      logger.error(`the process ${name} ${describeDeath(death, limits)}`, {
        process: name, cause: death.cause, exitCode, signal, livedMs, restartInMs: restartMs,
        ...(lastWords !== '' && { lastWords }),
      });
      restart = setTimeout(start, restartMs);
    }
    onDeath?.(death);
  };
  const first = start();
  return {
    ready: first.ready,
    get isUp() {
      return isUp;
    },
    get silentMs() {
      return now?.silentMs ?? 0;
    },
    get pid() {
      return now?.pid;
    },
    send: (message) => now?.send(message) ?? false,
    end: () => now?.end(),
    renew: () => {
      if (!isUp) return;
      isUp = false;
      isRenewed = true;
      now?.end();
    },
    stop: (graceMs) => {
      clearTimeout(restart);
      return (stopping ??= now === null ? Promise.resolve() : now.stop(graceMs).then(() => {}));
    },
  };
}
